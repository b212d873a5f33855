"""Postern for a partner's server: see README.md, and docs/integrate.md for what the calls mean."""

from . import errors
from ._http import Options
from .errors import PosternError, RefusalError
from .partner import AsyncPartner, Connection, Partner, PartnerToken
from .password import AsyncPassword, Password, PasswordAccount, PasswordToken
from .portal import AsyncPortal, AsyncPortalSession, Portal, PortalSession, PortalUser
from .sso import AsyncSso, Sso, SsoProfile, SsoUser
from .store import AsyncMemoryStore, AsyncSessionStore, MemoryStore, Pending, SessionStore, StoredSession
from .verifier import AsyncPartnerVerifier, PartnerClaims, PartnerVerifier

__all__ = [
    "AsyncMemoryStore",
    "AsyncPartner",
    "AsyncPartnerVerifier",
    "AsyncPassword",
    "AsyncPortal",
    "AsyncPortalSession",
    "AsyncSessionStore",
    "AsyncSso",
    "Connection",
    "MemoryStore",
    "Options",
    "Partner",
    "PartnerClaims",
    "PartnerToken",
    "PartnerVerifier",
    "Password",
    "PasswordAccount",
    "PasswordToken",
    "Pending",
    "Portal",
    "PortalSession",
    "PortalUser",
    "PosternError",
    "RefusalError",
    "SessionStore",
    "Sso",
    "SsoProfile",
    "SsoUser",
    "StoredSession",
    "errors",
]
