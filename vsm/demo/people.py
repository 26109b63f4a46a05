"""Teams of the made-up bank and their members."""

from __future__ import annotations

TEAMS: dict[str, tuple[tuple[str, str], ...]] = {
    "Cards": (
        ("anna.kern", "Anna Kern"),
        ("jonas.maas", "Jonas Maas"),
        ("ines.roth", "Inés Roth"),
        ("tom.ude", "Tom Ude"),
        ("farid.amini", "Farid Amini"),
        ("greta.holz", "Greta Holz"),
    ),
    "Risk": (
        ("lena.okoro", "Lena Okoro"),
        ("piet.vos", "Piet Vos"),
        ("clara.stein", "Clara Stein"),
        ("hugo.lenz", "Hugo Lenz"),
    ),
    "Quality": (
        ("petra.lang", "Petra Lang"),
        ("ravi.nair", "Ravi Nair"),
        ("yuki.abe", "Yuki Abe"),
        ("emil.franke", "Emil Franke"),
        ("nadia.costa", "Nádia Costa"),
    ),
    "Operations": (
        ("tarek.aziz", "Tarek Aziz"),
        ("mia.holm", "Mia Holm"),
        ("oskar.bahr", "Oskar Bahr"),
    ),
    "Mobile": (
        ("sara.lind", "Sara Lind"),
        ("noah.weiss", "Noah Weiß"),
        ("elif.demir", "Elif Demir"),
        ("kai.brandt", "Kai Brandt"),
        ("lucia.ferro", "Lucia Ferro"),
        ("david.levi", "David Levi"),
    ),
    "Onboarding": (
        ("maja.wolf", "Maja Wolf"),
        ("ben.sauer", "Ben Sauer"),
        ("aylin.sahin", "Aylin Şahin"),
        ("theo.grau", "Theo Grau"),
        ("julie.blanc", "Julie Blanc"),
    ),
    "Ledger": (
        ("ulla.berg", "Ulla Berg"),
        ("marek.nowak", "Marek Nowak"),
        ("dana.cole", "Dana Cole"),
        ("ivan.petrov", "Ivan Petrov"),
        ("selma.juhl", "Selma Juhl"),
        ("arno.thiel", "Arno Thiel"),
    ),
    "Reliability": (
        ("rosa.klein", "Rosa Klein"),
        ("gil.peretz", "Gil Peretz"),
        ("nils.ahrens", "Nils Ahrens"),
        ("amara.diallo", "Amara Diallo"),
        ("viktor.hahn", "Viktor Hahn"),
    ),
}
"""Team → its members, (login, name); the first one looks after the backlog."""

ALSO_IN = {
    "clara.stein": "Onboarding",
    "emil.franke": "Mobile",
    "nils.ahrens": "Ledger",
}
"""Members who work for a second team."""
