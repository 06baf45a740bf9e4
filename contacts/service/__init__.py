"""The service's process: requests come in over MQTT, decisions are committed, news go out once they are enforced."""
