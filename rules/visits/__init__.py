"""来庁予約: when a counter is open, which seats are free, and who has one."""
