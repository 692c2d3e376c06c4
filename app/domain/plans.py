"""What a project is aligned with: the kinds of plans, which kind stands under which, and the alignment of one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import N_


class PlanKind(StrEnum):
    """Plans of the three levels, and what else a project names. Source: cabinet resolutions of 2017-12-04 and 2020-12-15."""

    NATIONAL_STRATEGY = "national_strategy"
    MASTER_ISSUE = "master_issue"
    SUB_PLAN = "sub_plan"
    SUB_PLAN_TARGET = "sub_plan_target"
    FVCT = "fvct"
    REFORM_PLAN = "reform_plan"
    MILESTONE = "milestone"
    SECURITY_PLAN = "security_plan"
    LEVEL3_PLAN = "level3_plan"
    POLICY = "policy"
    SDG = "sdg"


PLAN_KIND_NAMES = {
    PlanKind.NATIONAL_STRATEGY: N_("National Strategy"),
    PlanKind.MASTER_ISSUE: N_("Master plan issue"),
    PlanKind.SUB_PLAN: N_("Sub-plan of the master plan"),
    PlanKind.SUB_PLAN_TARGET: N_("Target of the sub-plan"),
    PlanKind.FVCT: N_("Component and factor of the value chain (FVCT)"),
    PlanKind.REFORM_PLAN: N_("Country reform plan"),
    PlanKind.MILESTONE: N_("Milestone of the 13th development plan"),
    PlanKind.SECURITY_PLAN: N_("National security policy and plan"),
    PlanKind.LEVEL3_PLAN: N_("Level 3 action plan"),
    PlanKind.POLICY: N_("Policy"),
    PlanKind.SDG: N_("Sustainable Development Goal"),
}

# Which kind an item of a kind belongs to; the others stand alone.
PARENT_KINDS = {
    PlanKind.SUB_PLAN: PlanKind.MASTER_ISSUE,
    PlanKind.SUB_PLAN_TARGET: PlanKind.SUB_PLAN,
    PlanKind.FVCT: PlanKind.SUB_PLAN_TARGET,
}


@dataclass(frozen=True)
class PlanChoice:
    """One entry of the reference data: its kind, code, names, and the code of what it belongs to."""

    kind: str
    code: str
    name_th: str
    name_en: str = ""
    parent_code: str = ""
    active: bool = True

    @property
    def name(self) -> dict[str, str]:
        """Its name by language."""
        return {"th": self.name_th, "en": self.name_en or self.name_th}


@dataclass(frozen=True)
class Plans:
    """All reference data of plans, by kind and code, in order."""

    by_kind: Mapping[str, Mapping[str, PlanChoice]]

    @classmethod
    def of(cls, items: Iterable[PlanChoice]) -> Plans:
        found: dict[str, dict[str, PlanChoice]] = {kind.value: {} for kind in PlanKind}
        for item in items:
            found[item.kind][item.code] = item
        return cls(found)

    def find(self, kind: str, code: str | None) -> PlanChoice | None:
        return self.by_kind[kind].get(code or "")

    def codes(self, kind: str) -> list[str]:
        """The codes that can be chosen: those that are in use."""
        return [item.code for item in self.by_kind[kind].values() if item.active]

    def parent_code(self, kind: str, code: str | None) -> str:
        item = self.find(kind, code)
        return item.parent_code if item else ""

    def groups(self, kind: PlanKind, chosen: str | None = None) -> list[tuple[PlanChoice | None, list[PlanChoice]]]:
        """What a select box offers, under what it belongs to; what was chosen and is out of use since stays in it."""
        above = PARENT_KINDS.get(kind)
        found: dict[str, list[PlanChoice]] = {}
        for item in self.by_kind[kind].values():
            if item.active or item.code == chosen:
                found.setdefault(item.parent_code, []).append(item)
        return [(self.find(above, parent) if above else None, items) for parent, items in found.items()]
