"""Postern for a partner's server: see README.md, and docs/integrate.md for what the calls mean."""

from . import errors
from .client import AsyncPosternClient, PosternClient
from .errors import PosternError, RefusalError
from .partner import AsyncPartner, Connection, Partner, PartnerToken
from .password import AsyncPassword, Password, PasswordAccount, PasswordToken
from .portal import AsyncPortal, AsyncPortalSession, Portal, PortalSession, PortalUser
from .sso import AsyncSso, Sso, SsoProfile, SsoToken, SsoUser
from .store import AsyncMemoryStore, AsyncSessionStore, MemoryStore, Pending, SessionStore, StoredSession
from .verifier import AsyncTokenVerifier, PartnerClaims, TokenVerifier

__all__ = [
    "AsyncMemoryStore",
    "AsyncPartner",
    "AsyncPassword",
    "AsyncPortal",
    "AsyncPortalSession",
    "AsyncPosternClient",
    "AsyncSessionStore",
    "AsyncSso",
    "AsyncTokenVerifier",
    "Connection",
    "MemoryStore",
    "Partner",
    "PartnerClaims",
    "PartnerToken",
    "Password",
    "PasswordAccount",
    "PasswordToken",
    "Pending",
    "Portal",
    "PortalSession",
    "PortalUser",
    "PosternClient",
    "PosternError",
    "RefusalError",
    "SessionStore",
    "Sso",
    "SsoProfile",
    "SsoToken",
    "SsoUser",
    "StoredSession",
    "TokenVerifier",
    "errors",
]
