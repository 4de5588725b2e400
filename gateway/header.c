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
	const struct slice scheme = SLICE("Bearer");
	struct slice token;

	value = slice_trim(value);
	if (!slice_starts_nocase(value, scheme))
		return slice_of(NULL, 0);
	value = slice_after(value, scheme.len);
	token = slice_trim(value);
	return token.len < value.len && token_well_formed(token) ? token : slice_of(NULL, 0);
}

/* Has an Authorization a token of ours? Also one among several, which came as one each and were joined; there may
 * be one only (RFC 9110 section 11.6.2), and such a request's credentials are nobody's. */
static bool bears_token(struct slice value)
{
	struct slice member;

	while (value.len > 0) {
		slice_cut(&value, ',', &member);
		if (bearer_token(member).len > 0)
			return true;
	}
	return false;
}

static void header_present(struct presented *out, struct slice value)
{
	value = slice_trim(value);
	if (value.len > 0)
		presented_add(out, CARRIER_HEADER, value);
}

static void header_take_bearer(struct params *p, bool read, struct presented *out)
{
	struct slice name = SLICE("HTTP_AUTHORIZATION"), value, token;

	params_remove_respelled(p, name, bears_token);
	value = params_get(p, name);
	if (!bears_token(value))
		return;
	token = bearer_token(value);
	if (read)
		header_present(out, token.len > 0 ? token : value);
	params_remove(p, name);
}

void header_take(struct params *p, const struct config *config, const struct config_header *header,
		 struct presented *out)
{
	for (size_t i = 0; i < config->token_param_count; i++) {
		struct slice name = config->token_params[i];

		params_remove_respelled(p, name, NULL);
		if (header != NULL && !header->bearer && param_is_of(name, header))
			header_present(out, params_get(p, name));
		params_remove(p, name);
	}
	if (config->bearer)
		header_take_bearer(p, header != NULL && header->bearer, out);
}

bool header_is_ours(const struct config *config, const struct head_field *field)
{
	for (size_t i = 0; i < config->token_param_count; i++)
		if (fold_equal(field->name,
			       slice_after(config->token_params[i], SLICE("HTTP_").len)))
			return field->value.len == 0 || token_well_formed(field->value);
	return false;
}

int header_set(struct head *head, const struct config_header *header, struct slice value)
{
	struct slice name = header->bearer ? SLICE("X-Auth-Token") : slice_from(header->name);

	if ((value = arena_copy(head->arena, value)).ptr == NULL)
		return SG_ENOMEM;
	return head_set(head, name, value);
}
