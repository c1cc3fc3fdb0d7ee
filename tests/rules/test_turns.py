"""The lock that is passed on in the order of asking."""

from __future__ import annotations

import threading
import time

from turns import Turns


def test_first_come_first_served():
    turns, order, threads = Turns(), [], []
    turns.__enter__()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    for number in range(20):
        thread = threading.Thread(target=take, args=(number,))
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            time.sleep(0)
    turns.__exit__()
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_the_holder_may_take_it_again_and_an_error_gives_it_back():
    turns = Turns()
    try:
        with turns, turns:
            raise ValueError
    except ValueError:
        pass
    done = threading.Event()
    thread = threading.Thread(target=lambda: turns.__enter__() or done.set())
    thread.start()
    thread.join(timeout=5)
    assert done.is_set()
