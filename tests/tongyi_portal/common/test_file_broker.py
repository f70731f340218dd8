"""The built-in broker hands every message over whole and once, however many write and read at a time."""

import threading
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import Connection

from tongyi_portal.common.file_broker import SafeTransport

WRITERS, READERS, EACH = 3, 3, 120


def connection(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }
    (folder / "messages").mkdir(exist_ok=True)
    return Connection("filesystem://localhost//", transport=SafeTransport, transport_options=options)


def test_no_message_is_read_before_it_is_whole_and_none_is_lost(tmp_path: Path) -> None:
    got: list[Any] = []
    faults: list[BaseException] = []
    written = threading.Event()

    def write(number: int) -> None:
        channel = connection(tmp_path).channel()
        for count in range(EACH):
            channel._put("gpu", {"body": [number, count], "padding": "x" * 20_000})

    def read() -> None:
        channel = connection(tmp_path).channel()
        while True:
            was_written = written.is_set()
            try:
                got.append(channel._get("gpu")["body"])
            except Empty:
                if was_written:
                    return
            except Exception as error:  # noqa: BLE001 - the test asserts that there is none
                faults.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    written.set()
    for thread in readers:
        thread.join()
    assert faults == []
    assert sorted(got) == [[number, count] for number in range(WRITERS) for count in range(EACH)]
    assert list((tmp_path / "messages").iterdir()) == []


def test_processes_that_bind_queues_at_once_all_find_them(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def bind(number: int) -> None:
        try:
            channel = connection(tmp_path).channel()
            channel._queue_bind("jobs", f"key{number}", "", f"queue{number}")
            channel.get_table("jobs")
        except Exception as error:  # noqa: BLE001 - the test asserts that there is none
            faults.append(error)

    threads = [threading.Thread(target=bind, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    table = connection(tmp_path).channel().get_table("jobs")
    assert {entry.queue for entry in table} == {f"queue{number}" for number in range(12)}
