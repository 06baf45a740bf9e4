"""What can be done to users, devices, contacts and groups; shared by the MQTT service and the admin commands.

An operation says which facts it needs and what follows from them; `perform` reads, decides and commits it in one atomic
step. Refuses to know: MQTT, terminals, clocks and dice (`now`, `by` and tokens come as arguments).
"""
