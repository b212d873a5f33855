"""Postern for a partner's server: see README.md, and docs/integrate.md for what the calls mean."""

from . import errors
from ._http import Options
from .errors import PosternError, RefusalError
from .partner import AsyncPartner, Connection, Partner, PartnerToken
from .password import Account, AsyncPassword, Login, Password
from .portal import AsyncPortal, AsyncPortalSession, Patient, Portal, PortalSession
from .sso import AsyncSso, Profile, Sso, UserInfo
from .store import AsyncMemoryStore, AsyncSessionStore, MemoryStore, Pending, SessionStore, StoredSession
from .verifier import AsyncPartnerVerifier, PartnerClaims, PartnerVerifier

__all__ = [
    "Account",
    "AsyncMemoryStore",
    "AsyncPartner",
    "AsyncPartnerVerifier",
    "AsyncPassword",
    "AsyncPortal",
    "AsyncPortalSession",
    "AsyncSessionStore",
    "AsyncSso",
    "Connection",
    "Login",
    "MemoryStore",
    "Options",
    "Partner",
    "PartnerClaims",
    "PartnerToken",
    "PartnerVerifier",
    "Password",
    "Patient",
    "Pending",
    "Portal",
    "PortalSession",
    "PosternError",
    "Profile",
    "RefusalError",
    "SessionStore",
    "Sso",
    "StoredSession",
    "UserInfo",
    "errors",
]
