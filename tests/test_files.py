"""A file is written whole or not at all, by everything that writes one."""

import gc
import os
import stat
import threading

import faults
import numpy as np
import pytest

import autodiff as ad
import autodiff.files
import nn
import nn.files

POSIX = pytest.mark.skipif(os.name == "nt", reason="permissions and symbolic links of POSIX")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """No machine loses its power here. That the bytes are synced, and when, is a test of its own."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def content(path, number):
    with ad.atomic_write(path) as part:
        part.write_text(f"{number}" * 1000)


def model_of(number):
    model = nn.Sequential([nn.Dense(3, kernel_initializer="ones", input_shape=(2,))])
    model.set_weights([np.full((2, 3), number), np.full(3, number)])
    return model


def function_of(number):
    f = ad.function(lambda x: x * float(number))
    f(np.ones(2))
    return f


def picture_of(number):
    return ad.draw(lambda x: x * float(number), 2.0)


def player_of(path, number):
    ad.play(lambda x: x * float(number), 2.0).save(path)


def safetensors(path, number):
    pytest.importorskip("safetensors")
    model_of(number).save(path)


WRITERS = {
    "atomic_write": ("file.txt", content),
    "Model.save": ("model.npz", lambda path, number: model_of(number).save(path)),
    "Model.save_weights": ("model.npz", lambda path, number: model_of(number).save_weights(path)),
    "safetensors": ("model.safetensors", safetensors),
    "Function.save": ("f.json", lambda path, number: function_of(number).save(path)),
    "Picture.save": ("graph.dot", lambda path, number: picture_of(number).save(path)),
    "Player.save": ("page.html", player_of),
}


@pytest.fixture(params=WRITERS)
def writer(request, tmp_path):
    """(path, write(path, number)): another number makes another file."""
    name, write = WRITERS[request.param]
    write(tmp_path / name, 1)
    return tmp_path / name, write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# -- whole or not at all ---------------------------------------------------------------------------------------------


@POSIX
def test_a_full_disk_leaves_the_old_file(writer):
    path, write = writer
    old = path.read_bytes()
    for size in sorted({0, 1, 10, 100, len(old) // 2, len(old) - 1}):
        with faults.disk_full_after(size), pytest.raises(Exception, match=r"File too large|27"):
            write(path, 2)
        assert path.read_bytes() == old and names(path.parent) == [path.name], size
    write(path, 2)
    assert path.read_bytes() != old


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # zipfile: its handle was open when Ctrl-C came
def test_an_interrupt_leaves_the_old_file_or_the_new_one(writer):
    path, write = writer
    old = path.read_bytes()
    write(path, 2)
    new = path.read_bytes()
    lines = 0
    for n in faults.interrupted(lambda: write(path, 2), faults.of(autodiff.files, nn.files)):
        assert path.read_bytes() in (old, new) and names(path.parent) == [path.name], n
        path.write_bytes(old)
        lines = n
    gc.collect()
    assert lines > 15 and path.read_bytes() == new


def test_a_call_that_fails_anywhere_leaves_the_old_file_or_the_new_one(writer):
    """The n-th call of the system fails, for n = 1, 2, 3, ... Where that is no error, the file is the new one."""
    path, write = writer
    old = path.read_bytes()
    write(path, 2)
    new = path.read_bytes()
    assert new != old
    failed = []
    path.write_bytes(old)
    for call, error in faults.failing(lambda: write(path, 2)):
        assert path.read_bytes() == (new if error is None else old) and names(path.parent) == [path.name], call
        path.write_bytes(old)
        failed.append(call)
    assert {"os.open", "os.fsync", "os.replace"} <= set(failed) and len(failed) > 12


def test_training_that_cannot_write(tmp_path):
    """ModelCheckpoint and CSVLogger: any call of theirs fails. What is in a file is whole, and the model can go on."""
    model, x = model_of(1), np.ones((4, 2))
    model.compile("sgd", "mse")
    best, rows = tmp_path / "best.npz", tmp_path / "rows.csv"

    def fit():
        writers = [nn.callbacks.ModelCheckpoint(best, "loss"), nn.callbacks.CSVLogger(rows)]
        model.fit(x, x[:, [0, 0, 1]], epochs=2, verbose=0, callbacks=writers)

    fit()
    failed = []
    for call, error in faults.failing(fit):
        assert not nn.settings.is_training() and not nn.settings.targets_checked(), call
        model_of(1).load_weights(best)
        lines = rows.read_text().splitlines()
        assert len(lines) <= 3 and all(line.count(",") == 1 for line in lines), call
        assert {path.name for path in tmp_path.iterdir()} <= {best.name, rows.name}
        fit()
        assert error is not None or not call.startswith("file"), call
        failed.append(call)
    assert failed.count("os.replace") == 2 and failed.count("file.flush") > 2 and failed[-1] == "file.close"


@pytest.mark.parametrize("call", ["open", "replace", "access"])
def test_a_call_that_fails_leaves_the_old_file(call, tmp_path, monkeypatch):
    content(tmp_path / "a", 1)

    def fail(*args, **options):
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="the disk is gone"):
        patch.setattr(os, call, fail)
        content(tmp_path / "a", 2)
    assert (tmp_path / "a").read_text() == "1" * 1000 and names(tmp_path) == ["a"]


def test_the_bytes_are_on_the_disk_before_they_are_the_file(tmp_path, monkeypatch):
    """The order of SQLite: write, fsync, rename, fsync of the folder."""
    done = []
    for call in ("fsync", "replace"):
        usual = getattr(os, call)
        monkeypatch.setattr(os, call, lambda *args, usual=usual, call=call: (done.append(call), usual(*args))[1])
    content(tmp_path / "a", 1)
    assert done == ["fsync", "replace", "fsync"] if os.name != "nt" else done[:2] == ["fsync", "replace"]


def test_a_file_system_that_syncs_no_folder(tmp_path, monkeypatch):
    usual = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        usual(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    content(tmp_path / "a", 1)
    assert names(tmp_path) == ["a"]


def test_threads_that_write_one_path(tmp_path):
    """Each writes a file of its own, so a reader gets one of theirs and never a mixture."""
    path, errors, stop = tmp_path / "a", [], threading.Event()
    content(path, 0)

    def write(number):
        try:
            while not stop.is_set():
                content(path, number)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    read = {path.read_text() for _ in range(300)}
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors and read <= {f"{number}" * 1000 for number in range(4)} and names(tmp_path) == ["a"]


# -- what a file keeps -----------------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755, 0o200])
def test_the_permissions_of_the_old_file_stay(writer, mode):
    path, write = writer
    path.chmod(mode)
    write(path, 2)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
def test_a_new_file_has_the_permissions_that_any_new_file_has(writer):
    path, write = writer
    for mask in (0o022, 0o077, 0o002):
        path.unlink()
        before = os.umask(mask)
        try:
            write(path, 2)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


@POSIX
def test_a_symbolic_link_stays(writer):
    path, write = writer
    (path.parent / "elsewhere").mkdir()
    real, link = path.parent / "elsewhere" / path.name, path.parent / f"link{path.suffix}"
    old = path.read_bytes()
    path.rename(real)
    path.symlink_to(os.path.join("elsewhere", path.name))
    link.symlink_to(path.name)  # to a link
    write(link, 2)
    assert link.is_symlink() and path.is_symlink() and real.read_bytes() != old
    assert names(real.parent) == [path.name]


@POSIX
def test_a_link_to_a_file_that_is_not_there_yet(tmp_path):
    (tmp_path / "link").symlink_to("new")
    content(tmp_path / "link", 1)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "new").read_text() == "1" * 1000


@POSIX
def test_a_file_that_is_read_only_is_not_replaced(tmp_path, monkeypatch):
    content(tmp_path / "a", 1)
    (tmp_path / "a").chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, how: not how & os.W_OK)  # as it is for anybody but root
    with pytest.raises(PermissionError, match="read-only"):
        content(tmp_path / "a", 2)
    assert names(tmp_path) == ["a"]


@POSIX
def test_what_is_no_regular_file_is_written_to_itself(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    thread = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    thread.start()
    content(tmp_path / "pipe", 1)
    thread.join()
    assert read == ["1" * 1000] and stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    with pytest.raises(IsADirectoryError):
        content(tmp_path, 1)


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127, "\U0001d4b3" * 63, ".hidden", "with space", "a.b.c"])
def test_any_name_that_the_system_takes(name, tmp_path):
    content(tmp_path / name, 1)
    content(str(tmp_path / name), 2)
    assert names(tmp_path) == [name] and (tmp_path / name).read_text() == "2" * 1000


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        content(tmp_path / "folder" / "a", 1)
