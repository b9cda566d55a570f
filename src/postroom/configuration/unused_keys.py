"""The settings that clients of other gateways send and that nothing here needs. Pure.

They are accepted and have no effect, so that a client that sets all its settings at once is not refused for these.
"""

from __future__ import annotations

from typing import Final

from postroom.configuration.keys import KEYS

__all__ = ["is_unused_key"]

_NAMES: Final = frozenset(
    {
        "enableApiProxy",
        "exportMaxConcurrent",
        "exportMaxGlobalConcurrent",
        "exportMaxMessages",
        "exportMaxSize",
        "generateEmailSummary",
        "gmailExportBatchSize",
        "gmailSubscriptionTtl",
        "httpProxyEnabled",
        "httpProxyUrl",
        "ignoreMailCertErrors",
        "imapClientName",
        "imapClientSupportUrl",
        "imapClientVendor",
        "imapClientVersion",
        "imapProxyServerEnabled",
        "imapProxyServerHost",
        "imapProxyServerPassword",
        "imapProxyServerPort",
        "imapProxyServerProxy",
        "imapProxyServerTLSEnabled",
        "imapStrategy",
        "localAddresses",
        "mcpEnabled",
        "mcpOAuthEnabled",
        "notificationBaseUrl",
        "notifyCalendarEvents",
        "notifyWebSafeHtml",
        "openAiAPIKey",
        "openAiAPIUrl",
        "openAiGenerateEmbeddings",
        "openAiMaxTokens",
        "openAiModel",
        "openAiPreProcessingFn",
        "openAiPrompt",
        "openAiTemperature",
        "openAiTopP",
        "outlookExportBatchSize",
        "proxyEnabled",
        "proxyUrl",
        "queueKeep",
        "resolveGmailCategories",
        "scriptEnv",
        "sentryDsn",
        "sentryEnabled",
        "smtpEhloName",
        "smtpServerAuthEnabled",
        "smtpServerEnabled",
        "smtpServerHost",
        "smtpServerPassword",
        "smtpServerPort",
        "smtpServerProxy",
        "smtpServerTLSEnabled",
        "smtpStrategy",
        "templateHeader",
        "templateHtmlHead",
        "timezone",
        "tokenAuditLog",
        "trackClicks",
        "trackOpens",
        "trackSentMessages",
    }
)
_BEGINNING: Final = "documentStore"


def is_unused_key(name: str) -> bool:
    """Say whether this is such a setting. One that Postroom has itself is none."""
    return name not in KEYS and (name in _NAMES or name.startswith(_BEGINNING))
