/* resources.h - what the endpoints do, a file for each resource. Each answers the call, or sees to it that it will be.
 * Thread   the admin API's. */
#ifndef SG_RESOURCES_H
#define SG_RESOURCES_H

#include "rest/call.h"

call_fn health_answer_livez, health_answer_readyz;
call_fn metrics_answer_get, stats_answer_get;
call_fn openapi_answer_get;
call_fn about_answer_get, about_answer_whoami;
call_fn configuration_answer_get, configuration_answer_reload;
call_fn sessions_answer_get;
call_fn doctor_answer_get;
call_fn events_answer_get, explain_answer_get;
call_fn audit_answer_get;
call_fn session_answer_get, session_answer_patch, session_answer_delete, session_answer_rotate;
call_fn attributes_answer_get, attributes_answer_patch;
call_fn revoke_answer_post;
call_fn users_answer_get;
call_fn user_sessions_answer_get, user_sessions_answer_delete;
call_fn block_answer_put, block_answer_delete;

#endif
