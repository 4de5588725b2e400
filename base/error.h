/* error.h - one negative code per cause; 0 is success.
 * A bug asserts; what the world does wrong (peer, disk, memory) comes back as one of these. */
#ifndef SG_ERROR_H
#define SG_ERROR_H

#define SG_ERRORS(X)                                              \
	X(SG_ENOMEM, -1, "out of memory")                         \
	X(SG_ELIMIT, -2, "over a configured limit")               \
	X(SG_EFORMAT, -3, "malformed")                            \
	X(SG_ERANDOM, -4, "the kernel gave no random bytes")      \
	X(SG_ESYSTEM, -5, "a system call failed; errno says why") \
	X(SG_ECONFIG, -6, "the configuration is wrong; the report says where")

enum sg_error {
#define SG_ERROR_CODE(name, code, text) name = (code),
	SG_ERRORS(SG_ERROR_CODE)
#undef SG_ERROR_CODE
};

/* The text above; never NULL. */
const char *error_text(int code);

#define SG_MUST_CHECK            __attribute__((warn_unused_result))
#define SG_PRINTF(string, first) __attribute__((format(printf, string, first)))

#endif
