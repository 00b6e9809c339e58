# SPDX-License-Identifier: GPL-2.0
"""libow's examples, used and verified: in the guest while kernels die (app), on
the host while they are killed (selftest).

Each has work(), a bit of use that ends soon, to be called again and again, and
check(), after a crash: that nothing that was committed is lost or torn, and
that it goes on. Both raise Wrong.
"""
import os

from process import Numbers, Process, Wrong, await_true, whole_lines


class App:
    """What they have in common. anew: a crash shall make it begin anew."""

    def __init__(self, name, programs, folder, anew):
        self.programs = programs
        self.folder = folder
        self.name = name
        self.anew = anew
        self.processes = []

    def path(self, suffix):
        return os.path.join(self.folder, f"{self.name}.{suffix}")

    def launch(self, program, *arguments, **terminal):
        """Start a program of libow's examples."""
        output = self.path("out" if not self.processes else f"out{len(self.processes)}")
        command = [os.path.join(self.programs, program), *arguments]
        self.processes.append(Process(command, output, **terminal))
        return self.processes[-1]

    def kill(self):
        for process in self.processes:
            process.kill()

    def start_again(self):
        """After kill(): what its user would do."""
        for process in self.processes:
            process.start()

    def check_processes(self):
        """They live, and began anew or did not, as they should."""
        for process in self.processes:
            process.check_alive()
            if self.anew:
                await_true(process.began_anew, f"{process.command[0]} begins anew")
            elif process.began_anew():
                raise Wrong(f"{process.command[0]} began anew")


class Kv(App):
    """The store: what it answers is what a dictionary says."""

    def __init__(self, name, programs, folder, anew, seed=1):
        super().__init__(name, programs, folder, anew)
        self.random = Numbers(seed)
        self.model = {}
        self.expected = []
        with open(self.path("requests"), "wb"):
            pass
        self.launch("kv", name, self.path("requests"), self.path("answers"))

    def ask(self, request, answer):
        """A request, and the answer that it must have."""
        whole = left = (request + "\n").encode()
        place = os.path.getsize(self.path("requests"))
        fd = os.open(self.path("requests"), os.O_WRONLY | os.O_APPEND)
        while left:
            left = left[os.write(fd, left):]
        os.close(fd)
        self.expected.append(answer)
        await_true(self._answered, f"an answer to '{request}'")
        told = whole_lines(self.path("answers"))[len(self.expected) - 1]
        if told != answer:
            raise Wrong(f"'{request}' is answered by '{told}', not '{answer}'")
        # What was answered was committed: it must not need the request again.
        fd = os.open(self.path("requests"), os.O_WRONLY)
        os.pwrite(fd, b"\n" * len(whole), place)
        os.close(fd)

    def _answered(self):
        self.processes[0].check_alive()
        try:
            return len(whole_lines(self.path("answers"))) >= len(self.expected)
        except FileNotFoundError:
            return False

    def work(self):
        key = f"key{self.random.below(60)}"
        what = self.random.below(10)
        if what < 6:
            value = f"{self.random.below(2**30):x} " * (1 + self.random.below(9))
            self.model[key] = value
            self.ask(f"set {key} {value}", "ok")
        elif what < 8:
            self.ask(f"get {key}", self.model.get(key, "none"))
        else:
            known = self.model.pop(key, None)
            self.ask(f"delete {key}", "none" if known is None else "ok")

    def check(self):
        self.check_processes()
        self.ask("count", str(len(self.model)))
        for key, value in self.model.items():
            self.ask(f"get {key}", value)
        # Those from before the crash, too, and none twice.
        if whole_lines(self.path("answers")) != self.expected:
            raise Wrong("the answers are not those that were given")


class Compute(App):
    """The planets: each round is exact, and none begins before where it was."""

    def __init__(self, name, programs, folder, anew, steps=20000):
        super().__init__(name, programs, folder, anew)
        self.launch("compute", name, "1000000000", str(steps))
        self.starts = 1

    def look(self):
        """All that it has said; how many rounds are done and how often it began."""
        starts = 0
        place = (0, 0)
        done = -1
        for line in whole_lines(self.path("out")):
            words = line.split()
            if words[:3] == ["begins", "in", "round"]:
                now = (int(words[3]), int(words[6]))
                # It says so of a round, and then commits that.
                if now < place or now[0] < done:
                    raise Wrong(f"'{line}', though it was at {place}, {done} done")
                place = now
                starts += 1
            elif words[:1] == ["round"]:
                number = int(words[1].rstrip(":"))
                if words[2] != "exact" or number not in (done + 1, place[0]):
                    raise Wrong(f"'{line}' after round {done}")
                done = number
            elif not words or words[0] != "compute:":
                raise Wrong(f"it says '{line}'")
        return done, starts

    def work(self):
        self.processes[0].check_alive()
        self.look()

    def check(self):
        self.check_processes()
        before, _ = self.look()
        await_true(lambda: self.look()[0] > before + 1, "two rounds more", 240)
        self.starts += self.anew
        _, starts = self.look()
        if starts != self.starts:
            raise Wrong(f"it began {starts} times, not {self.starts}")


class Pair(App):
    """Sender and receiver: no number is lost or counts twice; both begin anew."""

    def __init__(self, name, programs, folder, anew):
        super().__init__(name, programs, folder, anew)
        self.launch("pair", "sender", self.path("table"))
        self.launch("pair", "receiver", self.path("table"))

    def look(self):
        """All that the receiver has said; the last number, how often they met."""
        last = 0
        met = 0
        for line in whole_lines(self.path("out1")):
            words = line.split()
            if words[:2] == ["they", "met;"]:
                had = int(words[3])
                if had < last:
                    raise Wrong(f"'{line}' after {last}")
                last = had
                met += 1
            elif words[1:] == ["right"]:
                number = int(words[0].rstrip(":"))
                if number != last - last % 100 + 100:
                    raise Wrong(f"'{line}' after {last}")
                last = number
            elif not words or words[0] != "pair:":
                raise Wrong(f"it says '{line}'")
        return last, met

    def work(self):
        for process in self.processes:
            process.check_alive()
        self.look()

    def check(self):
        self.check_processes()
        before, _ = self.look()
        await_true(lambda: self.look()[0] > before + 200, "200 numbers more", 240)
        for line in whole_lines(self.path("out")):
            if not line.startswith(("they met; sends from", "pair:")):
                raise Wrong(f"the sender says '{line}'")
