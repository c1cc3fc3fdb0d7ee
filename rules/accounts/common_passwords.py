"""The passwords that are tried first, Japanese favourites among them: NFKC, small letters."""

from __future__ import annotations

_WORDS = """
12345678 123456789 1234567890 0123456789 01234567 012345678 123456780 12345679 87654321 987654321
9876543210 0987654321 11223344 1122334455 112233445566 12121212 123123123 12312312 123321123 12341234
1234512345 123454321 12344321 11112222 22223333 55556666 77778888 10203040 1020304050 13131313 19191919
20202020 24682468 13579246 1357924680 147258369 14725836 159357159 159753159 147852369 741852963
789456123 456789123 963852741 25802580 31415926 314159265 00001111 password password1 password12
password123 password1234 password! password01 password00 passw0rd passw0rd1 p@ssword p@ssw0rd p@ssw0rd1
pa$$word passpass passpasspass passwordpassword pass1234 pass12345 pass123456 mypassword newpassword
password2024 password2025 password2026 password2027 pasuwado pasuwaado pasuwa-do qwertyui qwertyuiop
qwerty12 qwerty123 qwerty1234 qwerty12345 qwert123 qwert1234 qwer1234 qwerasdf qweasdzxc qweqweqwe
asdfghjk asdfghjkl asdf1234 asdfasdf asdfqwer zxcvbnm1 zxcvbnm123 zxcvasdf zxczxczxc zaq12wsx zaq1xsw2
1qaz2wsx 1qazxsw2 1qaz1qaz 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 !qaz2wsx
2wsx3edc 3edc4rfv qazwsxedc a1b2c3d4 a1s2d3f4 a12345678 a123456789 aa123456 aa12345678 abc12345
abc123456 abcd1234 abcd12345 abcde123 abcde12345 abcdefg1 abcdefgh abcdefghi abcdefghij abcabcabc
abc123abc 1234abcd 12345abc 123456ab 123456789a 123qweasd 1234qwer 12345qwert 123abc123 ab123456
test1234 test12345 testtest test123456 tester123 testuser guest123 user1234 user12345 admin123 admin1234
admin12345 administrator adminadmin rootroot root1234 changeme changeme1 changeme123 welcome1 welcome123
letmein1 letmein123 login123 login1234 iloveyou iloveyou1 sunshine sunshine1 princess princess1 football
football1 baseball baseball1 superman superman1 starwars starwars1 michael1 jennifer computer computer1
internet trustno1 whatever whatever1 dragon123 monkey123 master123 shadow123 freedom1 charlie1 samsung1
google123 pokemon123 minecraft hello123 hello1234 hellohello secret123 asdfjkl; lovelove loveyou1
iloveyou2 default1 system123 manager1 sakura123 sakura1234 sakura12 sakura39 sakurasakura himawari
himawari1 doraemon doraemon1 pikachu1 pikachu123 pikapika totoro123 anpanman anpanman1 kittychan
hellokitty onepiece onepiece1 dragonball dragonball1 naruto123 evangelion arigatou arigatou1 arigato1
konnichiwa konnitiha ohayougozaimasu aishiteru aishiteru1 daisuki1 daisukidayo nihonjin japan123
japan1234 japan2020 nippon123 tokyo123 tokyo1234 tokyo2020 osaka123 kawasaki yokohama fukuoka1 hokkaido
sapporo1 okinawa1 hiroshima takahiro takahiro1 takayuki hiroyuki masahiro kazuhiro yoshihiro nobuhiro
tomohiro shinichi yamamoto kobayashi hasegawa watanabe takahashi nakamura yamada123 tanaka123 suzuki123
satou123 yuukichan arashi123 arashi5104 daisuke1 kenshiro matsumoto fujimoto ichigo15 momotaro tigers123
hanshin1 giants123 kyojin123 baystars densetsu samurai1 samurai123 ninja123 neko1234 nekoneko inuneko1
wanwan123 wannyan1 raamen123 sushi123 gundam123 yakuba123 yakusho1 machiyakuba madoguchi madoguchi1
shinsei1 shinsei123 touroku1 rakuten1 rakuten123 yahoo123 yahoojapan docomo123 softbank softbank1
reiwa2019 reiwa123 heisei12 heisei123 showa123 shouwa64 ぱすわーどぱすわーど パスワードパスワード
いろはにほへとちりぬるを あいうえおかきくけこ よろしくおねがいします ありがとうございます
"""

COMMON = frozenset(_WORDS.split())
