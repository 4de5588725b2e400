/* adapter.h - what makes the sessions of an application's own language ours: the adapter, a program of that language
 * which lies in adapters/. The application loads it, or is made to; each request tells it how it is set.
 * With PHP: the param SESSION_ADAPTER is one JSON object,
 *   {"prepend":"/what/the/web/server/wanted.php","kind":"php",
 *    "adopt":{"from":"files","save_path":"","cookie":"PHPSESSID","until":1798675200,"write_back":false},
 *    "mode":"on","split":"keys","lock":false,"create":"start","regenerate":"now","application":"shop"}
 * without adopt where nothing is adopted, and prepend where the web server says nothing of auto_prepend_file ("" where it
 * says that there is none, whatever PHP's own settings say); mode is the route's session, lock whether the route is
 * lock: exclusive. Behind lock follows "plain_folder":true where it has said on an answer that no .user.ini names a file
 * to be run before the scripts of that folder (X-Session-Adapter: plain folder 300; see plain_folders.h). The order is a part of it: the adapter knows by the first bytes that nothing is unusual, and decodes
 * nothing then. No client can send it, so it is the sign that a request came by the gateway. PHP_ADMIN_VALUE names the
 * adapter as auto_prepend_file, behind what the web server says there; once a connection where the web server says nothing,
 * since PHP-FPM keeps it in the process that serves the connection. The session comes as SESSION_ATTRIBUTES, and
 * where $_SESSION is made of that as it is, as SESSION_PHP as well (php_array.h); or as SESSION_PHP alone, once an answer
 * of the application had X-Session-Adapter: reads SESSION_PHP (expose.h).
 * Errors   SG_ENOMEM; SG_ELIMIT where a param would not fit a FastCGI record.
 * Thread   any. */
#ifndef SG_ADAPTER_H
#define SG_ADAPTER_H

#include "gateway/params.h"

/* PHP's adapter: of the build tree that this program runs from, else of the place where it was installed. *path is
 * NULL when neither has one. */
SG_MUST_CHECK int adapter_find(struct arena *arena, const char **path);
/* Derive loading and imprint from the file. */
SG_MUST_CHECK int adapter_loading(struct arena *arena, struct config_adapter *adapter);
/* SESSION_ADAPTER, less what a request adds. */
SG_MUST_CHECK int adapter_describe(struct arena *arena, const struct config_route *route,
				   bool plain_folder, struct slice *out);

/* The params of a request to an application that has an adapter. Copied, or as long as the configuration. *imprint is the
 * exchange's (exchange.h): where it is the configuration's, adapter_load() adds PHP_ADMIN_VALUE for a connection that does
 * not know it yet. */
SG_MUST_CHECK int adapter_expose(struct params *p, const struct config_route *route,
				 bool plain_folder, unsigned *imprint);
SG_MUST_CHECK int adapter_load(struct params *p, const struct config_adapter *adapter);

#endif
