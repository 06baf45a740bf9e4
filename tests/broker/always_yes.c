/* The fault that no test of rights may survive: a plugin that says yes to everybody and everything. */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

static int yes(int event, void *data, void *unused) {
    (void)event, (void)data, (void)unused;
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions) {
    (void)count, (void)versions;
    return MOSQ_PLUGIN_VERSION;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *options, int count) {
    (void)userdata, (void)options, (void)count;
    mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, yes, NULL, NULL);
    return mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, yes, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int count) {
    (void)userdata, (void)options, (void)count;
    return MOSQ_ERR_SUCCESS;
}
