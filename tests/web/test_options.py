"""Who is believed by the settings alone: development, half an issuer, bindings."""

import pytest
from pydantic import ValidationError

from web.faults import IncompleteSettings, InsecureBinding
from web.options import WebOptions, believed_identity_proxies, believed_proxies, development

ISSUER = {"jwt_issuer": "https://id", "jwt_audience": "api", "jwks": "keys.json"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_without_an_issuer_on_loopback_it_is_development(host: str) -> None:
    assert development(WebOptions(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "kinelake.example"])
def test_without_an_issuer_anywhere_else_it_refuses_and_names_the_fix(host: str) -> None:
    with pytest.raises(InsecureBinding, match="KINELAKE_JWT_ISSUER"):
        development(WebOptions(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_with_an_issuer_it_is_production_wherever_it_is_bound(host: str) -> None:
    assert not development(WebOptions(host=host, **ISSUER))


@pytest.mark.parametrize("missing", ["jwks", "jwt_audience", "jwt_issuer"])
def test_half_an_issuer_is_refused_naming_what_is_missing(missing: str) -> None:
    given = {name: value for name, value in ISSUER.items() if name != missing}
    with pytest.raises(IncompleteSettings, match=f"KINELAKE_{missing.upper()}"):
        development(WebOptions(**given))


def test_loopback_is_a_trusted_proxy_in_development_only() -> None:
    assert believed_proxies(WebOptions()) == ("127.0.0.0/8", "::1/128")
    assert believed_proxies(WebOptions(trusted_proxies="10.0.0.0/8", **ISSUER)) == ("10.0.0.0/8",)


def test_nobody_names_the_caller_unless_the_settings_say_so_but_loopback_in_development() -> None:
    assert believed_identity_proxies(WebOptions()) == ("127.0.0.0/8", "::1/128")
    assert believed_identity_proxies(WebOptions(trusted_proxies="10.0.0.0/8", **ISSUER)) == ()
    assert believed_identity_proxies(WebOptions(identity_proxies="10.0.0.0/8", **ISSUER)) == ("10.0.0.0/8",)


def test_lists_are_given_as_text_with_commas() -> None:
    options = WebOptions(cors_origins="https://a.example, https://b.example,")
    assert options.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    "wrong",
    [
        {"trusted_proxies": "10.0.0.0/99"},
        {"identity_proxies": "everyone"},
        {"headers_seconds": 0},
        {"connections_max": 0},
        {"jwt_leeway_seconds": 61},
        {"colour": "red"},
    ],
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebOptions(**wrong)
