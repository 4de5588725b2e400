/* header.c - the header that carries a token. */
#include "gateway/header.h"

#include "gateway/fold.h"

/* Is param, as the configuration derives it, the one of header? */
static bool param_is_of(struct slice param, const struct config_header *header)
{
	return fold_equal(slice_after(param, SLICE("HTTP_").len), slice_from(header->name));
}

/* The token of "Bearer <token>"; empty when it is none of ours. */
static struct slice bearer_token(struct slice value)
{
	struct slice scheme;

	value = slice_trim(value);
	slice_cut(&value, ' ', &scheme);
	value = slice_trim(value);
	if (!slice_equal_nocase(scheme, SLICE("Bearer")) || !token_well_formed(value))
		return slice_of(NULL, 0);
	return value;
}

static void header_present(struct presented *out, struct slice value)
{
	value = slice_trim(value);
	if (value.len > 0)
		presented_add(out, CARRIER_HEADER, value);
}

static void header_take_bearer(struct params *p, bool read, struct presented *out)
{
	struct slice name = SLICE("HTTP_AUTHORIZATION"), token;

	params_remove_respelled(p, name);
	token = bearer_token(params_get(p, name));
	if (token.len == 0)
		return;
	if (read)
		header_present(out, token);
	params_remove(p, name);
}

void header_take(struct params *p, const struct config *config, const struct config_header *header,
		 struct presented *out)
{
	for (size_t i = 0; i < config->token_param_count; i++) {
		struct slice name = config->token_params[i];

		params_remove_respelled(p, name);
		if (header != NULL && !header->bearer && param_is_of(name, header))
			header_present(out, params_get(p, name));
		params_remove(p, name);
	}
	if (config->bearer)
		header_take_bearer(p, header != NULL && header->bearer, out);
}

int header_set(struct head *head, const struct config_header *header, struct slice value)
{
	struct slice name = header->bearer ? SLICE("X-Auth-Token") : slice_from(header->name);

	if ((value = arena_copy(head->arena, value)).ptr == NULL)
		return SG_ENOMEM;
	return head_set(head, name, value);
}
