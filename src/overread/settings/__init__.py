"""Everything an operator may set: one model of settings, its parts, and the profiles of models."""

from overread.settings.bounds import Limits, WorklistLimits
from overread.settings.connections import LOOPBACK, Hl7, Observing, Oidc, Receiving, ReportsPush, safe_address
from overread.settings.loading import load_settings, tell_misspelt
from overread.settings.profiles import ModelSpec, Profile, load_profile, shipped_profiles
from overread.settings.running import RayCluster, Reading, Serving
from overread.settings.settings import CONFIG_FILE, Settings
from overread.settings.words import DraftPolicy, SecondReader, Switch

__all__ = [
    "CONFIG_FILE",
    "LOOPBACK",
    "DraftPolicy",
    "Hl7",
    "Limits",
    "ModelSpec",
    "Observing",
    "Oidc",
    "Profile",
    "RayCluster",
    "Reading",
    "Receiving",
    "ReportsPush",
    "SecondReader",
    "Serving",
    "Settings",
    "Switch",
    "WorklistLimits",
    "load_profile",
    "load_settings",
    "safe_address",
    "shipped_profiles",
    "tell_misspelt",
]
