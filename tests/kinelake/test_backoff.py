from kinelake.backoff import Backoff


def test_waits_double_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_stable_run_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(1)
    assert (backoff.after(60), backoff.failures) == (0.5, 1)
