# SPDX-License-Identifier: GPL-2.0
"""The code of a kernel's object file in a form that can be compared.

Object files, not vmlinux: there, each address that an instruction refers to is
still a relocation, so it has a name. What a function consists of is then

  - its instructions, with branches relative to the function,
  - what they refer to: symbol and offset; a string or constant by its content,
  - what the kernel may patch over them: alternatives by content, static calls
    and static branches by their keys.

Left out is what no instruction depends on: where the function lies, line
numbers, and the numbers that gcc gives to static variables of the same name.
"""

import re
import struct
import subprocess

ET_REL, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 1, 4, 0x10, 0x20
SHT_SYMTAB, SHT_RELA, SHT_NOBITS = 2, 4, 8
STT_SECTION = 3
R_X86_64_PC32, R_X86_64_PLT32 = 2, 4
NUMBER = re.compile(r"\.\d+$")
LINE = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t?(.*)$")
NEAR = re.compile(r"\b([0-9a-f]+) <[^>]*>$")
# One record of each: its size, where the instruction's address stands in it.
ALTERNATIVES, JUMPS, CALLS = ".altinstructions", "__jump_table", ".static_call_sites"


class Section:
    """A section header, and the relocations that apply to the section."""

    def __init__(self, data, fields, name):
        self.name = name
        (_, self.type, self.flags, _, self.offset, self.size,
         self.link, self.info, _, self.entsize) = fields
        self.data = b"" if self.type == SHT_NOBITS else data[self.offset:self.offset + self.size]
        self.relocations = {}
        self.symbols = []
        self.instructions = {}


class Symbol:
    """One entry of the symbol table."""

    def __init__(self, name, fields, sections):
        _, info, _, index, self.value, self.size = fields
        self.name, self.type = name, info & 15
        self.section = sections[index] if 0 < index < len(sections) else None


def text_at(data, start):
    """The string that ends with a zero byte."""
    return data[start:data.index(b"\0", start)].decode(errors="replace")


class Object:
    """An object file: its functions by name."""

    def __init__(self, path):
        with open(path, "rb") as stream:
            data = stream.read()
        if data[:5] != b"\x7fELF\x02" or struct.unpack_from("<H", data, 16)[0] != ET_REL:
            raise ValueError(f"{path} is no 64 bit object file")
        table, = struct.unpack_from("<Q", data, 40)
        count, names = struct.unpack_from("<HH", data, 60)
        headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + 64 * i) for i in range(count)]
        base = headers[names][4]
        self.sections = [Section(data, h, text_at(data, base + h[0])) for h in headers]
        self.symbols = []
        self._read_symbols()
        self._decode(path)
        self.functions = {}
        for symbol in self.symbols:
            if symbol.size and symbol.section and symbol.section.flags & SHF_EXECINSTR:
                self.functions.setdefault(symbol.name, symbol)

    def _read_symbols(self):
        for section in self.sections:
            if section.type == SHT_SYMTAB:
                strings = self.sections[section.link].data
                for fields in struct.iter_unpack("<IBBHQQ", section.data):
                    self.symbols.append(Symbol(text_at(strings, fields[0]), fields, self.sections))
        for symbol in self.symbols:
            if symbol.section and symbol.name and symbol.type != STT_SECTION:
                symbol.section.symbols.append(symbol)
        for section in self.sections:
            if section.type == SHT_RELA:
                applied = self.sections[section.info].relocations
                for at, info, addend in struct.iter_unpack("<QQq", section.data):
                    applied[at] = (info & 0xffffffff, self.symbols[info >> 32], addend)

    def _decode(self, path):
        """Lets objdump decode all code: address to length and text."""
        text = subprocess.run(["objdump", "-dwz", path], capture_output=True, text=True,
                              check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
        sections = {s.name: s for s in self.sections}
        current = {}
        for line in text.splitlines():
            found = LINE.match(line)
            if found:
                length = len(found[2].split())
                current[int(found[1], 16)] = (length, found[3].strip())
            elif line.startswith("Disassembly of section "):
                current = sections[line[23:-1]].instructions

    def place(self, section, at, code=True):
        """What lies there, by name or by content."""
        if section.flags & SHF_MERGE and section.flags & SHF_STRINGS:
            return repr(text_at(section.data, at))
        if section.flags & SHF_MERGE:
            return section.data[at:at + section.entsize].hex()
        for symbol in section.symbols:
            if symbol.value <= at < symbol.value + max(symbol.size, 1):
                return f"{NUMBER.sub('', symbol.name)}+{at - symbol.value:#x}"
        if section.flags & SHF_EXECINSTR and code:
            return f"{section.name}[{'; '.join(self._block(section, at))}]"
        return f"{section.name}[{section.data[at:at + 32].hex()}]"

    def _block(self, section, at):
        """Code that no symbol covers, to where it is left."""
        while at in section.instructions:
            text = self._instruction(section, at, at, code=False)
            yield text
            if text.startswith(("jmp", "ret", "ud2")):
                return
            at += section.instructions[at][0]

    def target(self, section, at, end, code=True):
        """What a relocation refers to; `end` is where its instruction ends."""
        kind, symbol, addend = section.relocations[at]
        # Of an address relative to the instruction's end, what it comes to: the
        # assembler leaves no relocation where it knows that itself.
        near = kind in (R_X86_64_PC32, R_X86_64_PLT32)
        to = addend + (end - at if near else 0)
        kind = "near" if near else f"type {kind}"
        if symbol.section and not symbol.name:
            return f"{kind} {self.place(symbol.section, symbol.value + to, code)}"
        return f"{kind} {NUMBER.sub('', symbol.name)}+{to:#x}"

    def _instruction(self, section, at, start, code=True):
        length, text = section.instructions[at]
        text = text.split(" # ")[0].rstrip()
        refers = [a for a in range(at, at + length) if a in section.relocations]
        near = NEAR.search(text)
        if near and refers:
            text = text[:near.start()].rstrip()
        elif near:
            to = int(near[1], 16)
            inside = not code or any(
                s.value <= start < s.value + s.size and s.value <= to < s.value + s.size
                for s in section.symbols)
            where = f".{to - start:+#x}" if inside else f"{{near {self.place(section, to, False)}}}"
            text = f"{text[:near.start()].rstrip()} {where}"
        for ref in refers:
            text += f" {{{self.target(section, ref, at + length, code)}}}"
        return text

    def _range(self, section, start, size):
        at = start
        while at < start + size and at in section.instructions:
            yield at, self._instruction(section, at, start)
            at += section.instructions[at][0]

    def _patches(self, function):
        """What the kernel may put over instructions: address to descriptions."""
        found = {}
        for section in self.sections:
            if section.type == SHT_RELA or section.name not in (ALTERNATIVES, JUMPS, CALLS):
                continue
            step = {ALTERNATIVES: 14, JUMPS: 16, CALLS: 8}[section.name]
            for record in range(0, section.size, step):
                _, symbol, addend = section.relocations[record]
                at = symbol.value + addend
                if (symbol.section is not function.section or
                        not function.value <= at < function.value + function.size):
                    continue
                found.setdefault(at, []).append(self._patch(section, record, function))
        return found

    def _patch(self, section, record, function):
        if section.name == CALLS:
            return f"static call {self.target(section, record + 4, record + 4)}"
        _, symbol, addend = section.relocations[record + 4]
        to = symbol.value + addend
        if section.name == JUMPS:
            return (f"static branch {self.target(section, record + 8, record + 8)}"
                    f" to .{to - function.value:+#x}")
        flags, _, length = struct.unpack_from("<IBB", section.data, record + 8)
        instead = "; ".join(text for _, text in self._range(symbol.section, to, length))
        return f"alternative {flags:#x} [{instead}]"

    def code(self, name):
        """The lines that a function comes to."""
        function = self.functions[name]
        patches = self._patches(function)
        lines = []
        for at, text in self._range(function.section, function.value, function.size):
            lines.append(text)
            lines += [f"    {patch}" for patch in patches.get(at, [])]
        return lines

    def early(self, name):
        """Whether the function's memory is freed when the kernel has booted."""
        return self.functions[name].section.name in (".init.text", ".exit.text", ".head.text")
