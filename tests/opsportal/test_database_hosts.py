"""What an address of several database servers means."""

import pytest

from opsportal.runtime.database_hosts import with_failover
from opsportal.settings import env


@pytest.mark.parametrize(
    ("config", "options"),
    [
        ({"HOST": "a"}, None),
        ({"HOST": "", "OPTIONS": {"host": "/run/a"}}, {"host": "/run/a"}),
        (
            {"HOST": "a,b", "PORT": "5432,5433"},
            {"target_session_attrs": "read-write", "connect_timeout": 2},
        ),
        (
            {"HOST": "a,b", "OPTIONS": {"connect_timeout": 9, "target_session_attrs": "any"}},
            {"target_session_attrs": "any", "connect_timeout": 9},
        ),
        (
            {"HOST": "", "OPTIONS": {"host": "/run/a,/run/b"}},
            {"host": "/run/a,/run/b", "target_session_attrs": "read-write", "connect_timeout": 2},
        ),
    ],
)
def test_where_the_url_names_several_hosts_the_one_is_wanted_that_takes_writes(config, options):
    assert with_failover(config).get("OPTIONS") == options


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres://u:p@db-1:5432,db-2:5433/ops", "db-1,db-2", "5432,5433"),
        ("postgres://u:p@db-1,db-2/ops", "db-1,db-2", ""),
        ("postgresql://u@10.0.0.1:5432,10.0.0.2:5432,10.0.0.3:5432/ops",
         "10.0.0.1,10.0.0.2,10.0.0.3", "5432,5432,5432"),
    ],
)  # fmt: skip
def test_a_url_with_several_hosts_is_understood(url, host, port):
    config = with_failover(env.db_url_config(url))

    assert (config["HOST"], config["PORT"], config["NAME"]) == (host, port, "ops")
    assert config["OPTIONS"]["target_session_attrs"] == "read-write"


# A whole portal
