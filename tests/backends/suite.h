/* suite.h - what every store must do, as cases that know nothing of any store.
 * The cases are in suite_*.c, bench.h and visitor.h are what they share. A binding (memory.c) says how its store is opened and how its time passes, and makes a test of each
 * case: SUITE_CASES(X), suite_run(). A case opens the store, uses ids of its own and closes it again,
 * so that a store on a server need not be emptied between them. */
#ifndef SG_SUITE_H
#define SG_SUITE_H

#include "backends/backend.h"

struct fixture {
	const char *url;
	struct backend_tls tls;   /* where the URL says that it is */
	clock_fn *now;            /* the clock the store is opened with, or agrees with */
	void (*pass)(int64_t ms); /* let so much of the store's time pass: set it, or wait */
};

/* clang-format off */
#define SUITE_CASES(X)							\
	X(callbacks_come_late_and_once)					\
	X(callbacks_come_in_order)					\
	X(operation_begun_in_a_callback_comes_in_a_later_turn)		\
	X(cancelled_operation_is_silent)				\
	X(cancel_inside_another_callback)				\
	X(record_outlives_its_callback)					\
	X(find_gives_what_was_created)					\
	X(unknown_id_is_not_found_with_whole_since)			\
	X(ids_may_differ_in_the_last_character)				\
	X(create_repeated_is_created_once)				\
	X(create_over_another_session_is_moved)				\
	X(save_changes_attributes)					\
	X(save_of_unknown_is_not_found)					\
	X(save_needs_the_epoch)						\
	X(save_needs_the_version_that_it_names)				\
	X(save_moves_the_absolute_end)					\
	X(save_asks_for_a_rotation)					\
	X(save_repeated_is_applied_once)				\
	X(save_is_remembered_over_seven_more)				\
	X(renewal_replaces_the_secret)					\
	X(renewal_repeated_is_applied_once)				\
	X(rotation_keeps_the_old_secret_until_the_new_one_is_seen)	\
	X(of_two_rotations_one_wins)					\
	X(rotation_repeated_is_applied_once)				\
	X(lost_secret_is_replaced)					\
	X(secret_that_arrived_is_not_replaced_as_lost)			\
	X(renewal_that_expects_another_secret_changes_nothing)		\
	X(login_kills_all_secrets_before_it)				\
	X(session_without_its_user_goes_on)				\
	X(unseen_touch_moves_nothing)					\
	X(login_keeps_what_an_anonymous_visitor_had)			\
	X(login_as_another_user_clears_attributes)			\
	X(same_user_again_keeps_attributes)				\
	X(different_attributes_all_stay)				\
	X(of_one_attribute_the_later_save_wins)				\
	X(limits_refuse_a_save_whole)					\
	X(limits_hold_for_parallel_saves)				\
	X(remove_leaves_a_tombstone)					\
	X(remove_of_unknown_forbids_a_create)				\
	X(remove_is_the_owners)						\
	X(nothing_brings_an_ended_session_back)				\
	X(tombstone_is_forgotten_after_its_time)			\
	X(touch_moves_last_seen_and_no_version)				\
	X(idle_end_is_last_seen_and_timeout_and_interval)		\
	X(touch_moves_the_idle_end)					\
	X(chosen_idle_timeout_holds_at_once)				\
	X(save_that_ends_its_session_was_done)				\
	X(traffic_does_not_move_the_absolute_end)			\
	X(login_moves_the_absolute_end)					\
	X(expired_says_so_until_it_is_forgotten)			\
	X(expire_due_ends_what_is_due_and_no_more)			\
	X(expire_due_keeps_its_limit)					\
	X(expire_due_says_whether_there_is_more)			\
	X(values_hold_every_byte_of_json)				\
	X(session_of_256_attributes)					\
	X(session_of_a_mebibyte)					\
	X(login_beyond_the_limit_ends_the_oldest)			\
	X(login_beyond_the_limit_ends_the_idlest)			\
	X(of_one_moment_the_first_login_goes_first)			\
	X(login_beyond_the_limit_is_denied)				\
	X(login_of_a_session_that_is_there_counts_too)			\
	X(session_that_logs_in_again_counts_once)			\
	X(lowered_limit_ends_as_many_as_it_takes)			\
	X(limit_of_one_ends_all_others)					\
	X(only_live_sessions_of_the_user_count)				\
	X(login_that_is_not_written_evicts_nobody)			\
	X(login_repeated_evicts_once)					\
	X(realms_have_users_of_their_own)				\
	X(one_name_in_many_realms_is_many_users)				\
	X(users_with_odd_names_never_collide)				\
	X(remove_user_ends_all_but_one)					\
	X(remove_user_of_nobody_is_fine)				\
	X(what_changed_hands_is_not_ended_with_its_former_user)		\
	X(login_of_who_has_very_many_ends_all_that_are_too_many)	\
	X(all_sessions_of_who_has_very_many_end)			\
	X(list_user_gives_the_newest_first)				\
	X(block_ends_sessions_and_refuses_logins)			\
	X(refused_login_leaves_the_session_as_it_was)			\
	X(block_may_be_lifted)						\
	X(block_lapses_by_itself)					\
	X(later_block_replaces_an_earlier_one)				\
	X(many_users_with_many_sessions)				\
	X(parallel_logins_keep_the_limit_evicting_the_oldest)		\
	X(parallel_logins_keep_the_limit_evicting_the_idlest)		\
	X(parallel_logins_keep_the_limit_denying)			\
	X(block_holds_from_its_callback_on)				\
	X(logins_and_ends_of_all_kinds_at_once)				\
	X(lock_gives_the_record_and_a_fence)				\
	X(lock_of_what_is_not_there)					\
	X(only_who_knows_the_secret_locks)				\
	X(secret_that_was_replaced_locks_as_long_as_it_is_good)		\
	X(lock_is_first_come_first_served)				\
	X(sessions_have_locks_of_their_own)				\
	X(who_waits_sees_what_was_saved_before)				\
	X(who_waits_too_long_is_told_busy)				\
	X(cancelled_waiter_leaves_the_line)				\
	X(cancel_hands_back_what_was_given)				\
	X(thousand_wait_in_line)					\
	X(save_hands_the_lock_back)					\
	X(save_repeated_needs_no_lock)					\
	X(unlock_is_idempotent)						\
	X(save_that_keeps_the_lock_keeps_it)				\
	X(released_lock_passes_on_and_its_fence_is_good_until_then)	\
	X(lease_that_runs_out_lets_the_next_one_in)			\
	X(fence_is_lost_to_a_later_one_for_good)			\
	X(lease_that_nobody_followed_is_still_good)			\
	X(end_frees_all_who_wait)					\
	X(login_under_the_lock_dismisses_who_waits)			\
	X(lock_is_nothing_to_those_without_it)				\
	X(counter_under_the_lock_counts_all)				\
	X(events_tell_a_session_s_life)					\
	X(events_tell_new_secrets)					\
	X(events_tell_which_clock_ran_out)				\
	X(events_tell_evictions_and_denials)				\
	X(events_tell_blocks)						\
	X(events_tell_who_was_removed_with_a_user)			\
	X(events_tell_late_saves)					\
	X(events_tell_what_gateways_say_of_themselves)			\
	X(events_are_read_in_small_pieces_and_by_many)			\
	X(events_of_an_unknown_position_begin_with_a_gap)		\
	X(events_that_nobody_reads_are_dropped)				\
	X(events_of_many_loops_are_all_told)				\
	X(of_one_mark_one_session_is_made)				\
	X(mark_outlives_its_session)					\
	X(mark_says_when_it_was_made)					\
	X(mark_lapses_at_its_time)					\
	X(marked_create_repeated_is_created_once)			\
	X(create_that_is_refused_leaves_no_mark)			\
	X(of_parallel_creates_with_one_mark_one_wins)			\
	X(list_gives_pages_in_order)					\
	X(cursor_is_good_for_another_limit_and_on_another_store)	\
	X(list_by_last_seen_follows_touches)				\
	X(walk_goes_on_while_others_come_and_go)			\
	X(ended_is_in_no_list)						\
	X(list_of_nothing_is_empty)					\
	X(list_without_a_filter_is_of_all)				\
	X(cursor_that_is_none_is_refused)				\
	X(list_is_of_what_the_filter_matches)				\
	X(list_is_of_a_span_of_time)					\
	X(visitor_is_found_by_his_first_and_his_last_address)		\
	X(heads_are_counted_by_application_and_state)			\
	X(list_shows_what_a_session_is)					\
	X(list_of_users_has_no_others)					\
	X(count_is_of_what_indexes_know)				\
	X(list_of_ten_thousand)						\
	X(walk_in_traffic_misses_nobody)				\
	X(health_says_that_it_answers)					\
	X(users_are_listed_by_name)					\
	X(users_are_listed_by_prefix_and_by_name)			\
	X(users_are_listed_by_realm)					\
	X(users_are_listed_by_sessions_and_blocks)			\
	X(users_with_odd_names_are_listed)				\
	X(user_walk_goes_on_while_others_come_and_go)			\
	X(user_cursor_that_is_none_is_refused)				\
	X(list_of_two_thousand_users)					\
	X(page_of_users_who_have_many_sessions_is_shorter)		\
	X(count_of_users_who_have_many_sessions)			\
	X(put_carries_a_record_whole)					\
	X(put_again_changes_nothing)					\
	X(put_writes_what_is_newer)					\
	X(put_does_not_bring_the_ended_back)				\
	X(put_does_not_bring_back_what_lives_longer_elsewhere)		\
	X(put_of_what_is_here_does_not_bring_it_back)			\
	X(put_brings_back_what_was_used_elsewhere)			\
	X(put_of_what_has_expired_is_not_written)			\
	X(put_of_a_blocked_user_is_not_written)				\
	X(put_follows_a_change_of_user)					\
	X(blocked_users_are_listed_with_their_blocks)			\
	X(two_loops_lose_nothing)
/* clang-format on */

struct bench;
typedef void suite_case_fn(struct bench *b);

#define SUITE_DECLARE(name) suite_case_fn suite_##name;
SUITE_CASES(SUITE_DECLARE)
#undef SUITE_DECLARE

void suite_run(const struct fixture *fixture, suite_case_fn *run);
/* The same store behind a sealed one. */
void suite_run_sealed(const struct fixture *fixture, suite_case_fn *run);

#endif
