"""The five quality levels. Source: manual §3.9."""

from __future__ import annotations

from app.domain.errors import N_

LEVELS = (5, 4, 3, 2, 1)
LEVEL_NAMES = {5: N_("Excellent"), 4: N_("Very good"), 3: N_("Good"), 2: N_("Fair"), 1: N_("Needs improvement")}
