/* php_ini.h - settings as a php.ini spells them, which web servers pass to PHP in the params PHP_VALUE and
 * PHP_ADMIN_VALUE. Read as PHP does (Zend's scanner in its normal mode), less what only PHP knows: variables.
 * Thread   any. */
#ifndef SG_PHP_INI_H
#define SG_PHP_INI_H

#include "base/arena.h"
#include "base/error.h"

/* What the lines say of the setting at last; ptr NULL: nothing. "none", "off" and the like are empty. In the arena.
 * SG_EFORMAT: a value that nobody but PHP can tell ("${…}"); SG_ENOMEM. */
SG_MUST_CHECK int php_ini_get(struct slice lines, struct slice name, struct arena *arena,
			      struct slice *out);

#endif
