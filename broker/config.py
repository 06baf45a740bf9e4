"""mosquitto.conf as text, made from the settings. Each line that is not obvious carries the trap it avoids.

Refuses to know: files, processes, the network; what it cannot compute comes in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from broker import sessions
from xasup.protocol.errors import Malformed
from xasup.runtime import unix_sockets
from xasup.runtime.settings import NO_LIMIT, Settings


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of the server."""

    chain: Path
    key: Path


def text(
    settings: Settings,
    *,
    user: str,
    certificate: Certificate | None = None,
    mirrored: bool = False,
    memory: int = 0,
) -> str:
    """The whole file. *user*: whom Mosquitto runs as where root starts it; *certificate*: for the TLS listeners, which
    are not there without; *mirrored*: people are let in only once the bridge has subscribed; *memory*: bytes that it
    may take, 0 for all. Raises Malformed for a host that is not an IPv4 address, or too long a path."""
    host = _checked(settings.host)
    parts = [
        _general(settings, user),
        _MIRROR if mirrored else "",
        _MEMORY.format(memory=memory) if memory else "",
    ]
    if settings.broker_socket is not None:
        parts.append(_socket(settings.broker_socket))
    if not settings.tls_only:
        parts += [_mqtt(host, settings.mqtt_port), _websockets(host, settings.ws_port)]
    if certificate is not None:
        parts.append(_mqtt(host, settings.mqtts_port) + _tls(certificate))
        parts.append(_websockets(host, settings.wss_port) + _tls(certificate))
    return "\n".join(parts)


def _checked(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise Malformed(f"host {host!r}: expected an IPv4 address, as 127.0.0.1; 0.0.0.0 listens on all") from None


def _general(settings: Settings, user: str) -> str:
    return f"""\
# Written by xasup at each start; changes here are lost.

# Who may connect, write, subscribe and read is decided by the plugin alone. No acl_file beside it: one would say yes to
# every SUBSCRIBE that it does not mention.
allow_anonymous false
allow_zero_length_clientid false
plugin {settings.plugin}
plugin_opt_directory {settings.directory}
# Publishes a second of a user to whom no administrator has given another rate.
plugin_opt_rate {settings.rate or NO_LIMIT}
# Started by root, Mosquitto would change to a user who may not read the directory.
user {user}

# "false" here makes a message for many MQTT 3.1.1 clients cost its square (2.0.x, whatever the manual says).
allow_duplicate_messages true
# Above the limit the rest is dropped while the sender is told "success" (1,000 by default); 0, "no limit", disconnects
# clients after a refused publish (2.0.11). So: large, with a bound in bytes of payloads. Both are for each client, the
# bridge too: while it is away, or the log is, its queue holds an hour at 300 packets a second, in about 0.5 GB. What
# comes beyond that is not lost: it is never *stored*, so its sender keeps it; and $SYS counts it.
max_queued_messages 1000000
max_queued_bytes 268435456
# Sent to one client and not acknowledged yet; the default of 20 makes a round trip of every 20 messages. It is for
# those who do not say: the Receive Maximum of MQTT 5 takes its place, be it smaller or larger (the bridge's is).
max_inflight_messages 100
# A payload over 65,536 bytes, of a service 196,608, is refused by the plugin, with a reason. This limit closes the
# connection, and a client of MQTT 3.1.1 would come back with the same packet for ever; so it stands well above, against
# abuse.
max_packet_size 262144
# Small packets at once: with Nagle's algorithm each round trip waits 40 ms.
set_tcp_nodelay true
# The author of a retained message would be asked for the right to write at each delivery, and be charged for it.
check_retain_source false

# Sessions, queues and retained presence outlive a restart: written at the end, and once a minute. Not at each change:
# that writes everything each time, in the one thread. A crash loses the last minute; clients keep what they sent until
# it is safe elsewhere.
persistence true
persistence_location {settings.mosquitto}/
persistence_file {sessions.FILE}
autosave_interval 60
autosave_on_changes false
# A device that does not come back does not hold memory for ever.
persistent_client_expiration 30d

# The supervisor keeps what is written here. A line for each connection would be most of it; "dropped for client" tells
# whose queue was full, and is a notice.
log_dest stderr
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%S
connection_messages false
# How many were dropped in all is told in $SYS alone, to the bridge alone, which raises the alarm. Seconds.
sys_interval 10
"""


_MIRROR = """\
# A crash may have cost the bridge its session; what is published before it has one again would never be stored. So
# people are let in, after each start, when the bridge has subscribed.
plugin_opt_mirror required
"""

_MEMORY = """\
# A fuse. Whoever would have it take more is disconnected: better than that the kernel ends the broker, with all queues.
memory_limit {memory}
"""


def _mqtt(host: str, port: int) -> str:
    return f"""\
listener {port} {host}
socket_domain ipv4
protocol mqtt
"""


def _socket(path: Path) -> str:
    if not unix_sockets.fits(path):
        raise Malformed(unix_sockets.too_long(path))
    return f"""\
# For our own services: cheaper than TCP, and nobody but the owner of the data can come to it.
listener 0 {path}
protocol mqtt
"""


def _websockets(host: str, port: int) -> str:
    return f"""\
# Without socket_domain, Mosquitto 2.0 opens a WebSockets listener to the world, whatever address it is given.
listener {port} {host}
socket_domain ipv4
protocol websockets
"""


def _tls(certificate: Certificate) -> str:
    return f"""\
certfile {certificate.chain}
keyfile {certificate.key}
# At least. Of TLS 1.2 only what forgets its keys and is authenticated; all of TLS 1.3 is so.
tls_version tlsv1.2
ciphers ECDHE+AESGCM:ECDHE+CHACHA20
"""
