"""aiomqtt with our own transport and without its per-message work: it keeps CONNECT, SUBSCRIBE, pings and goodbye.

The one file that imports aiomqtt and paho, and that touches their private parts (hence the upper bounds in
pyproject.toml): aiomqtt ignores the reason code of a PUBACK, acknowledges before the effect and discards when its
queue is full, so PUBLISH and PUBACK never reach it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar, cast

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from xasup.protocol.errors import Refused, Unavailable, XasupError
from xasup.wire.mqtt import reasons, silence
from xasup.wire.mqtt.dial import dial
from xasup.wire.mqtt.silence import TICK, Silence, Step
from xasup.wire.mqtt.stream import Hot, Stream
from xasup.wire.mqtt.values import Address, Subscription, Will

RECEIVE_MAXIMUM = 2000  # deliveries that the broker may have on the way to us without an acknowledgement
T = TypeVar("T")


@lru_cache(maxsize=64)
def _asked(expiry: int, receive_maximum: int) -> Any:
    """What CONNECT says besides. Nobody changes it; paho takes longer to make it than we to read a hundred packets."""
    properties: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho has no annotation there
    properties.SessionExpiryInterval = expiry
    properties.ReceiveMaximum = receive_maximum
    return properties


class Session(aiomqtt.Client):
    """One connection. *expiry*: seconds for which the broker keeps the session after it, 0: begin and end clean;
    *on_hot*: gets PUBLISH and PUBACK, perhaps before open() returns; *on_end*: is told once why it ended, if not by
    leave(); *receive_maximum*: as MQTT 5 has it, section 3.1.2.11.3; *watchful*: the broker is asked for a sign of life
    even where it owes nothing; *owed*: whether it does."""

    def __init__(
        self,
        address: Address,
        will: Will | None,
        expiry: int,
        keepalive: int,
        timeout: float,
        on_hot: Hot,
        on_end: Callable[[Unavailable], None],
        receive_maximum: int = RECEIVE_MAXIMUM,
        watchful: bool = False,
        owed: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(
            address.host,
            address.port or 1883,  # paho asks for one, at a socket as well
            identifier=address.client_id,
            username=address.username,
            password=address.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=cast(Any, expiry == 0),  # annotated as a literal, documented and used as a flag
            properties=_asked(expiry, receive_maximum),
            keepalive=keepalive,
            timeout=timeout,
            will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain) if will else None,
        )
        self.address = address
        self.session_present = False
        self.receive_maximum = 65535  # what the broker takes; section 3.2.2.3.3
        self.maximum_packet: int | None = None
        self.lost: Unavailable | None = None
        self.leaving = False
        self.stream = Stream(on_hot, self._on_cold, self._on_lost)
        self._on_end = on_end
        self._watchful, self._owed = watchful, owed
        self._dialled = 0.0
        self._silence: Silence | None = None
        self._client.disable_logger()

    async def open(self) -> None:
        """Connect and be let in. Raises Refused, Unavailable."""
        await dial(self.address, self.stream, self.timeout)
        self._client._create_socket = lambda: self.stream  # type: ignore[method-assign] # see the top
        self._dialled = silence.clock()
        self._client.connect(
            self._hostname, self._port, self._keepalive, clean_start=self._clean_start, properties=self._properties
        )
        try:
            await self.__aenter__()  # waits for the CONNACK
        except aiomqtt.MqttError as error:
            await self._close()
            raise self._why_not(error) from None
        except BaseException:
            await self._close()
            raise

    async def leave(self) -> None:
        """Say goodbye (so the will is not published), wait until it has gone out, and close."""
        self.leaving = True
        try:
            if self.lost is None:
                with suppress(aiomqtt.MqttError):  # gone this very moment: then there is nobody to say goodbye to
                    await self.__aexit__(None, None, None)
        finally:
            await self._close()

    def give_up(self, reason: str) -> None:
        """It is over, for *reason*; the will is published."""
        self._end(Unavailable(reason))
        self.stream.abort()

    async def ask(self, subscriptions: Sequence[Subscription]) -> list[Refused | None]:
        """SUBSCRIBE; for each filter None, or why not. Raises Unavailable."""
        wanted: Any = [(it.filter, SubscribeOptions(qos=it.qos, noLocal=it.no_local)) for it in subscriptions]
        try:
            codes = cast(list[ReasonCode], await self.subscribe(wanted))
        except aiomqtt.MqttError as error:
            raise self.lost or Unavailable(f"subscribing at {self.address}: {error}") from None
        return [reasons.of_subscribe(code.value, it.filter) for code, it in zip(codes, subscriptions, strict=True)]

    async def forget(self, filters: Sequence[str]) -> None:
        """UNSUBSCRIBE. Raises Unavailable."""
        try:
            await self.unsubscribe(list(filters))
        except aiomqtt.MqttError as error:
            raise self.lost or Unavailable(f"unsubscribing at {self.address}: {error}") from None
        if self.lost is not None:
            raise self.lost

    def _why_not(self, error: aiomqtt.MqttError) -> XasupError:
        if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
            return reasons.of_connect(error.rc.value, self.address)
        return self.lost or Unavailable(f"no MQTT answer from {self.address} in time")

    def _on_cold(self) -> None:
        self._client.loop_read()

    def _on_lost(self, error: Exception | None) -> None:
        why = f": {error}" if error else ""
        self._end(Unavailable(f"the connection to {self.address} was closed{why}"))
        self._client.loop_read()  # paho sees the end and calls _on_disconnect

    def _end(self, error: Unavailable) -> None:
        if self.lost is None and not self.leaving:
            self.lost = error
            self._on_end(error)
            self._tell_those_who_wait(error)

    def _tell_those_who_wait(self, error: Unavailable) -> None:
        """For the answer to a SUBSCRIBE or UNSUBSCRIBE: aiomqtt would let them wait until their time is over."""
        for answer in self._pending_subscribes.values():
            if not answer.done():
                answer.set_exception(aiomqtt.MqttError(str(error)))
                answer.exception()  # taken note of
        for answered in self._pending_unsubscribes.values():
            answered.set()

    async def _close(self) -> None:
        self.stream.close()
        if self._misc_task is not None:
            self._misc_task.cancel()
            await asyncio.wait([self._misc_task])
        await self.stream.closed()

    async def _misc_loop(self) -> None:
        """As aiomqtt has it, but what paho does not see counts as a sign of life too: PUBLISH and PUBACK pass it by,
        and the answer to a ping may stand behind megabytes of them that we do not want to read yet. And whoever waits
        for an answer does not wait for the keepalive."""
        while True:
            alive = self.stream.shows_life()
            if alive:
                self._client._ping_t = 0
            if not self._bears(alive) or self._client.loop_misc() != paho.MQTT_ERR_SUCCESS:
                return
            await asyncio.sleep(TICK)

    def _bears(self, alive: bool) -> bool:
        """The silence of the broker, still; False: it has been given up."""
        if self._silence is None:
            return True
        step = self._silence.look(silence.clock(), alive, self._waits())
        if step is Step.ASK:
            self._ping()
        if step is Step.GONE:
            self.give_up(f"{self.address} has not answered for {self._silence.patience:.0f} s")
        return step is not Step.GONE

    def _ping(self) -> None:
        """As paho does it, which would otherwise take an answer that it did not see for one that did not come."""
        self._client._send_pingreq()
        self._client._last_msg_out = self._client._last_bytes_received = paho.time_func()

    def _waits(self) -> bool:
        """For an answer, to a ping too."""
        return bool(self._client._ping_t or self._pending_subscribes or self._pending_unsubscribes) or self._owed()

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - as aiomqtt has it
        """aiomqtt waits with asyncio.wait_for, which before Python 3.12 forgets a cancellation that comes together with
        the result, or with the end of the connection: a task that is told to end would go on."""
        task = asyncio.current_task()
        before = task.cancelling() if task is not None else 0  # before 3.13, a TaskGroup that failed leaves one behind
        try:
            return await super()._wait_for(fut, timeout)
        finally:
            if task is not None and task.cancelling() > before and not self.leaving:
                raise asyncio.CancelledError

    # ---- callbacks of paho, as aiomqtt registered them

    def _client_connect(self) -> None:
        """Done in open() already, on a transport of our own."""

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Any = None,
    ) -> None:
        self.session_present = flags.session_present
        self.receive_maximum = getattr(properties, "ReceiveMaximum", self.receive_maximum)
        self.maximum_packet = getattr(properties, "MaximumPacketSize", None)
        self._silence = Silence(silence.clock(), silence.clock() - self._dialled, self._watchful)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Any = None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._end(reasons.of_end(reason_code.value, self.address))
        else:
            self._end(Unavailable(f"the connection to {self.address} is lost: {reason_code}"))
        if not self._connected.cancelled():  # open() was told to end; aiomqtt would ask it for its exception
            super()._on_disconnect(client, userdata, flags, reason_code, properties)
        for future in (self._disconnected, self._connected):
            if not future.done():
                future.set_exception(aiomqtt.MqttError(str(self.lost)))
            if not future.cancelled():
                future.exception()  # taken note of: the reason is in `lost`

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        self._misc_task = self._loop.create_task(self._misc_loop(), name="mqtt keepalive")

    def _on_socket_close(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        if self._misc_task is not None:
            self._misc_task.cancel()

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        client.loop_write()

    def _on_socket_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        """Nothing was registered."""
