/* config_difference.h - which settings of two configurations differ, by their paths: "session.idle_timeout",
 * "applications.shop.servers", "routes[0].host"; "routes" where there are more or fewer of them, and "applications.shop" where
 * there was or is none. What one setting makes of another that is not written counts as well.
 * Form     ", " between the paths, appended; nothing: they are the same.
 * Thread   any. */
#ifndef SG_CONFIG_DIFFERENCE_H
#define SG_CONFIG_DIFFERENCE_H

#include "gateway/config.h"

/* SG_ENOMEM. */
SG_MUST_CHECK int config_difference(const struct config *now, const struct config *next,
				    struct buffer *out);
/* Of those that cannot change while the program runs alone. SG_ENOMEM. */
SG_MUST_CHECK int config_difference_of_restart(const struct config *now, const struct config *next,
					       struct buffer *out);

#endif
