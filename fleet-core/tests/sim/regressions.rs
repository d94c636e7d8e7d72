//! Seeds that once failed, by what they found.
//!
//! A seed is the same storm only as long as storms are drawn alike. Those of the first block were found with an earlier
//! way of drawing: they tell what to think of, and are other storms by now.

use fleet_core::Strategy;
use fleet_core::sim::Scale;

use crate::run;

macro_rules! seeds {
    ($scale:expr; $($name:ident: $($seed:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                [$($seed),+].into_iter().for_each(|seed| run($scale, seed));
            }
        )+
    };
}

seeds! {
    Scale::SMALL;
    a_task_is_never_for_sale_twice_at_a_time: 11, 13, 21, 22;
    a_new_ownership_drops_the_old_one_before_it_is_priced: 16, 27, 29, 43;
    whoever_starts_later_has_the_higher_epoch: 63, 74, 108;
    an_idle_robot_and_an_open_task_find_each_other: 0, 40, 50, 86;
    a_lossy_network_causes_no_flood: 2, 12, 42, 675, 3901;
    an_award_goes_above_what_one_witness_has_promised_if_the_others_are_gone: 278;
    a_task_goes_on_though_it_was_told_to_where_nobody_knew_that_it_rests: 432, 751;
}

seeds! {
    Scale::SMALL;
    a_leader_that_learns_late_who_owned_a_task_notices_that_the_owner_is_gone: 1304, 4565, 4654, 9824;
    a_robot_is_back_in_service_though_the_order_was_given_where_nobody_knew_that_it_was_out: 1727, 7001, 7107;
    a_robot_is_back_in_service_though_the_first_order_was_lost_with_its_witness: 99842;
    work_that_has_begun_goes_on_whoever_else_began_it_meanwhile: 22312;
    a_decision_that_others_have_made_does_not_keep_a_task_from_sale: 359;
    a_best_effort_task_that_was_not_begun_is_left_to_whoever_has_a_higher_epoch: 15226;
    a_task_that_was_called_off_before_it_was_accepted_ends: 20132, 40088;
    an_order_is_known_though_the_one_witness_that_took_it_is_gone: 35447;
    a_claim_that_will_never_be_granted_does_not_hold_up_a_task: 19528, 26270, 57545, 65067, 76147, 94823;
    nothing_urgent_waits_for_what_was_on_the_way_to_a_task_that_is_gone: 17, 62, 952;
}

seeds! {
    Scale { witnesses: 1, ..Scale::SMALL };
    auctions_in_vain_are_bounded_too: 1058;
}

seeds! {
    Scale::LARGE;
    a_task_of_a_robot_that_is_gone_is_opened_again_in_a_large_fleet: 246;
    a_memory_that_was_not_got_back_before_the_next_crash_is_still_lost: 11;
}

seeds! {
    Scale { strategy: Strategy::Distributed, ..Scale::SMALL };
    what_ended_while_others_decided_is_not_chosen_for_ever: 20;
}

seeds! {
    Scale { witnesses: 5, among_robots: true, strategy: Strategy::Distributed, ..Scale::SMALL };
    what_only_one_witness_knows_to_have_ended_is_not_claimed_for_ever: 52;
    an_order_that_robots_know_and_its_witness_forgot_is_known_to_all_again: 5092, 7800, 9350;
    what_was_done_by_an_earlier_owner_is_decided_by_a_leader_that_forgot_its_promise: 30559;
    a_lost_owner_that_all_witnesses_forgot_and_robots_remember_is_told_of: 47314;
    what_comes_before_a_task_after_the_robot_set_out_for_it_is_no_delay: 4045;
}
