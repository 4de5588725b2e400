/* config_syntax.h - what the texts of the configuration may look like: names, paths, hosts.
 * Each NULL when the text is fine, else what is wrong with it, for a person. Thread: any. */
#ifndef SG_CONFIG_SYNTAX_H
#define SG_CONFIG_SYNTAX_H

#include "base/slice.h"

typedef const char *syntax_fn(struct slice text);

/* [a-z0-9-]{1,32}: realms, applications, routes, nodes. */
syntax_fn syntax_name;
/* RFC 6265 section 4.1.1: a token. */
syntax_fn syntax_cookie_name;
syntax_fn syntax_cookie_path;
syntax_fn syntax_cookie_domain;
/* The field that carries tokens: a name of RFC 9110, and none that means something already. */
syntax_fn syntax_header_name;
syntax_fn syntax_route_path;
/* The same, and no directory. */
syntax_fn syntax_service_path;
/* A host, or "*." and what it ends with. */
syntax_fn syntax_route_host;
syntax_fn syntax_method;
syntax_fn syntax_user;
/* "" or "user" or "auth.name" */
syntax_fn syntax_attribute_path;
syntax_fn syntax_login_url;
/* Of a param to drop, and of one to set: that may not pose as ours. */
syntax_fn syntax_param_name;
syntax_fn syntax_own_param_name;
syntax_fn syntax_folder;
/* PHP's session.save_path. */
syntax_fn syntax_save_path;
/* An absolute path that can stand between double quotes in a php.ini, or "". */
syntax_fn syntax_adapter_file;
syntax_fn syntax_log_target;
syntax_fn syntax_audit_file;
syntax_fn syntax_webhook_url, syntax_webhook_secret;
syntax_fn syntax_store_url;
syntax_fn syntax_namespace;
/* Scheme, host and maybe a port. */
syntax_fn syntax_origin;
/* 64 hexadecimal digits. */
syntax_fn syntax_sha256;
/* Base64 of 32 bytes. */
syntax_fn syntax_encryption_key;
/* Known to this system. */
syntax_fn syntax_system_user;
syntax_fn syntax_system_group;

#endif
