"""Mutants of what protects: each takes one defence of docs/security.md away on purpose, and the test that is named beside it must notice.
A test that cannot fail shows nothing.

`make mutants` runs them all, `pytest --mutant NAME` puts one in before anything is collected. The product knows nothing of them. Those
that need servers of their own are among the mutants of faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests import mutants_of_accounts as accounts
from tests import mutants_of_files as files
from tests import mutants_of_requests as requests


@dataclass(frozen=True)
class Mutant:
    """A defence that is taken away: against which threat it stands, and the one test that is run to see whether it is missed."""

    threat: str
    put_in: Callable[[], None]
    test: str

    @property
    def name(self) -> str:
        return self.put_in.__name__


MUTANTS = (
    Mutant("T1", requests.the_guard_forgets_the_offices, "views/test_receipts.py::test_a_receipt_of_another_office_does_not_exist[sqlite]"),
    Mutant("T1", requests.the_guard_forgets_the_centre, "services/test_centre_only.py::test_an_office_finds_no_level_of_its_own_report_however_it_asks[sqlite]"),
    Mutant("T1", requests.foreign_rows_are_written, "services/test_centre_only.py::test_an_office_writes_no_row_of_the_centre[sqlite]"),
    Mutant("T1", requests.every_role_opens_every_screen, "views/test_accounts.py::test_a_newcomer_registers_confirms_and_is_approved_by_the_office[sqlite]"),
    Mutant("T1", requests.every_office_has_its_address, "api/test_access.py::test_another_office_looks_like_one_that_does_not_exist[/reports/2566-6/P-CPM-2/QP-1]"),
    Mutant("T1", requests.every_role_does_everything_to_its_rows, "services/test_datasets.py::test_only_the_centre_freezes_and_a_rehearsal_is_never_frozen"),
    Mutant("T2", requests.answering_the_mail_is_enough, "views/test_accounts.py::test_a_newcomer_registers_confirms_and_is_approved_by_the_office[sqlite]"),
    Mutant("T2", requests.a_registration_says_how_far_it_is, "views/test_accounts.py::test_a_forged_registration_gives_nothing_more[sqlite]"),
    Mutant("T3", requests.forms_write_every_column, "views/test_threats.py::test_a_column_that_a_form_does_not_offer_is_never_written[AccountAdmin]"),
    Mutant("T3", requests.the_profile_takes_what_is_sent, "views/test_accounts.py::test_the_profile_is_corrected_but_office_and_roles_are_not_among_it[sqlite]"),
    Mutant("T4", accounts.unknown_mailboxes_are_told_so, "views/test_threats.py::test_a_known_and_an_unknown_mailbox_look_the_same_and_take_the_same_time[/forgot-password/]"),
    Mutant("T4", accounts.unknown_mailboxes_are_answered_sooner, "views/test_threats.py::test_a_known_and_an_unknown_mailbox_look_the_same_and_take_the_same_time[/login/]"),
    Mutant("T5", accounts.guesses_are_not_counted, "views/test_accounts.py::test_guessing_pauses_the_account_here_and_leaves_the_office_alone[sqlite]"),
    Mutant("T5", accounts.easy_passwords_are_taken, "views/test_accounts.py::test_easy_passwords_are_refused_with_a_reason[sqlite-password12345]"),
    Mutant("T5", accounts.leaked_passwords_are_taken, "views/test_accounts.py::test_a_leaked_password_is_refused_at_every_door[sqlite]"),
    Mutant("second factor", accounts.codes_work_again, "views/test_second_factor.py::test_a_code_works_once_and_so_does_none_before_it[sqlite]"),
    Mutant("second factor", accounts.any_code_will_do, "views/test_second_factor.py::test_five_wrong_codes_end_the_half_way_and_tell_the_person[sqlite]"),
    Mutant("second factor", accounts.nobody_must_have_a_second_factor, "views/test_second_factor.py::test_who_must_have_one_sets_it_up_first_and_does_nothing_else[sqlite]"),
    Mutant("second factor", accounts.recovery_codes_work_again, "views/test_second_factor.py::test_a_recovery_code_works_once_and_is_told_by_mail[sqlite]"),
    Mutant("second factor", accounts.an_old_proof_will_do, "views/test_second_factor.py::test_ten_minutes_after_the_last_proof_sensitive_acts_ask_for_the_password[sqlite]"),
    Mutant("T6", accounts.signing_in_keeps_what_was_there, "views/test_threats.py::test_signing_in_gives_another_session_and_what_was_planted_before_is_worth_nothing"),
    Mutant("T6", accounts.signing_out_forgets_the_cookie_alone, "views/test_accounts.py::test_a_copied_cookie_is_worth_nothing_after_signing_out[sqlite]"),
    Mutant("T6", accounts.changes_of_an_account_end_no_session, "views/test_accounts.py::test_deactivation_and_a_change_of_role_end_every_session[sqlite]"),
    Mutant("T6", accounts.idle_sessions_go_on, "views/test_accounts.py::test_a_session_ends_by_idleness_and_by_age[sqlite]"),
    Mutant("T6", accounts.sessions_have_no_age, "views/test_accounts.py::test_a_session_in_use_lives_on_but_not_for_ever[sqlite]"),
    Mutant("T6", accounts.scripts_read_the_cookie, "views/test_public.py::test_a_stranger_gets_no_more_than_the_cookie_of_the_forms_token"),
    Mutant("T6", accounts.cookies_go_in_the_clear, "cli/test_settings.py::test_production_takes_good_settings_and_protects_its_cookie"),
    Mutant("T7", requests.nobody_asks_for_the_token, "views/test_bad_input.py::test_without_the_right_token_nothing_is_saved_and_what_was_typed_is_shown[None]"),
    Mutant("T7", requests.other_sites_write_too, "views/test_bad_input.py::test_a_write_from_the_public_address_is_taken_behind_a_proxy_that_passes_its_own_host"),
    Mutant("T7", requests.looking_signs_out, "views/test_accounts.py::test_opening_the_sign_out_address_signs_nobody_out[sqlite]"),
    Mutant("T7", accounts.other_sites_send_the_cookie, "views/test_public.py::test_a_stranger_gets_no_more_than_the_cookie_of_the_forms_token"),
    Mutant("T7", accounts.cookies_open_the_api, "api/test_access.py::test_no_cookie_opens_the_api_and_none_is_set"),
    Mutant("T8", requests.texts_are_not_escaped, "views/test_bad_input.py::test_a_refused_form_shows_what_was_typed_as_text"),
    Mutant("T8", requests.scripts_need_no_nonce, "architecture/test_house.py::test_every_script_and_style_in_a_page_has_the_nonce_of_its_answer"),
    Mutant("T8", requests.pages_stand_in_frames_of_others, "architecture/test_house.py::test_every_answer_carries_the_headers_that_protect"),
    Mutant("T8", requests.files_may_run_here, "views/test_review_evidence.py::test_a_clip_plays_in_its_sandbox_and_everything_else_is_a_download[sqlite]"),
    Mutant("T9", files.any_text_is_a_key, "services/test_both_stores.py::test_what_lies_beside_the_files_of_the_store_is_opened_by_no_key[incoming/x]"),
    Mutant("T9", files.names_keep_their_folders, "views/test_bad_input.py::test_a_name_writes_no_header_and_leaves_its_folder_never[encoded path]"),
    Mutant("T10", files.the_name_says_what_a_file_is, "views/test_uploads.py::test_content_that_is_not_what_the_name_says_is_refused_and_gone[sqlite]"),
    Mutant("T11", files.archives_unpack_without_end, "services/test_file_checks.py::test_an_archive_that_unpacks_beyond_reason_is_refused_without_unpacking_it[60 MB in 60 kB]"),
    Mutant("T11", files.readers_take_all_memory, "services/test_inspection.py::test_a_hostile_file_hurts_only_its_reader[memory]"),
    Mutant("T11", files.readers_reach_the_network, "services/test_clamd.py::test_whatever_reads_a_file_opens_no_line_to_anywhere"),
    Mutant("T12", files.texts_run_in_spreadsheets, "api/test_results.py::test_the_csv_says_the_same_with_thai_intact_and_runs_in_no_spreadsheet[sqlite]"),
    Mutant("T13", files.papers_fetch_what_they_name, "views/test_receipts.py::test_text_that_a_person_entered_cannot_make_the_pdf_fetch_anything"),
    Mutant("T14", requests.every_address_is_followed, "views/test_accounts.py::test_after_signing_in_nobody_is_sent_to_another_site[sqlite-https://evil.example/]"),
    Mutant("T15", requests.every_host_is_ours, "views/test_public.py::test_a_forged_host_is_refused_and_shows_in_no_link[evil.example]"),
    Mutant("T15", requests.links_of_mails_work_again, "services/test_links.py::test_a_used_link_is_dead"),
    Mutant("T17", files.handing_in_again_is_another, "views/test_reporting.py::test_submitting_again_or_with_the_same_key_is_harmless[sqlite]"),
    Mutant("T18", files.the_last_one_wins, "views/test_reporting.py::test_two_browsers_in_one_field_keep_both_texts[sqlite]"),
    Mutant("T19", files.an_issue_takes_any_number_of_files, "views/test_reporting.py::test_three_files_go_into_an_issue_and_the_fourth_is_refused[sqlite]"),
    Mutant("T19", files.an_office_takes_all_the_room, "views/test_scanning.py::test_an_office_that_used_its_room_is_told_so_with_what_it_used[sqlite]"),
    Mutant("T20", files.files_open_before_anybody_looked, "views/test_review_evidence.py::test_a_file_that_nobody_has_looked_into_yet_is_not_opened[sqlite]"),
    Mutant("T21", files.hashes_cover_nothing, "cli/test_record.py::test_no_part_of_a_change_can_be_edited_unseen[sqlite-old_value]"),
    Mutant("T21", files.the_database_lets_the_record_be_edited, "cli/test_record.py::test_the_database_itself_refuses_to_edit_the_record[sqlite-DELETE FROM checkpoint]"),
    Mutant("T21", files.datasets_fit_whatever_lies_there, "services/test_datasets.py::test_one_altered_row_is_named_by_the_rebuild"),
    Mutant("T21", files.letters_fit_whatever_they_say, "services/test_announcing.py::test_a_letter_is_genuine_from_its_moment_on_and_replaced_by_the_next"),
    Mutant("T21", files.every_signature_fits, "views/test_receipts.py::test_a_receipt_whose_stored_content_was_altered_is_not_genuine[sqlite-level]"),
    Mutant("T22", files.logs_tell_of_people, "views/test_privacy.py::test_no_line_of_the_log_tells_of_a_person[sqlite]"),
    Mutant("T22", files.faults_are_shown, "views/test_public.py::test_a_fault_shows_a_number_and_the_log_knows_it"),
    Mutant("T23", requests.forms_have_no_end, "views/test_public.py::test_too_large_a_form_is_a_page_in_thai"),
    Mutant("single sign-on", accounts.the_state_is_not_compared, "views/test_single_sign_on.py::test_another_state_is_not_believed_and_uses_up_what_was_begun[sqlite]"),
    Mutant("single sign-on", accounts.the_nonce_is_not_compared, "views/test_single_sign_on.py::test_a_token_that_was_made_for_something_else_is_not_believed[sqlite-nonce=another]"),
    Mutant("single sign-on", accounts.the_audience_is_not_compared, "views/test_single_sign_on.py::test_a_token_that_was_made_for_something_else_is_not_believed[sqlite-aud=another-client]"),
    Mutant("single sign-on", accounts.codes_of_other_browsers_are_believed, "views/test_single_sign_on.py::test_a_code_of_another_sign_in_is_not_believed[sqlite]"),
    Mutant("single sign-on", accounts.unsigned_tokens_are_believed, "views/test_single_sign_on.py::test_a_token_without_a_signature_or_with_one_by_our_secret_is_not_believed[sqlite-none]"),
    Mutant("single sign-on", accounts.unverified_addresses_open_accounts, "views/test_single_sign_on.py::test_an_address_that_was_not_verified_there_opens_nothing[sqlite-False]"),
    Mutant("access tokens", accounts.tokens_never_end, "api/test_access.py::test_without_a_living_token_every_route_is_401_and_says_how_to_come_in[_expired]"),
    Mutant("personal data", accounts.copies_keep_the_person, "views/test_privacy.py::test_a_closed_account_is_empty_everywhere_but_in_official_records[sqlite]"),
    Mutant("personal data", accounts.own_data_are_everybodys, "views/test_privacy.py::test_a_person_takes_along_everything_of_the_own_and_nothing_of_others[sqlite]"),
    Mutant("personal data", accounts.nothing_is_ever_over, "views/test_privacy.py::test_what_is_over_goes_on_its_day_and_not_before_and_the_proof_says_how_much[sqlite]"),
)  # fmt: skip


@dataclass(frozen=True)
class OfFaults:
    """A mutant that a fault test puts into a server of its own, and the test that demands that it is noticed. Of the proxy it is a line of
    the configuration."""

    threat: str
    name: str
    test: str


# What these take away shows in no test of seconds: `make test` runs them among the faults.
MUTANTS_OF_FAULTS = (
    OfFaults("T16", "trusts_its_own_clock", "faults/test_closing_second.py::test_the_closing_second_shows_a_server_that_reads_the_wrong_clock"),
    OfFaults("T16", "closes_late", "faults/test_closing_second.py::test_the_closing_second_shows_a_server_that_reads_the_wrong_clock"),
    OfFaults("T19", "no_floor", "faults/test_full_disk.py::test_the_nearly_full_disk_shows_a_store_without_a_floor_and_a_refusal_unheard"),
    OfFaults("T20", "away_is_clean", "faults/test_scanner_away.py::test_a_fault_in_the_scan_is_noticed"),
    OfFaults("T20", "readers_are_not_stopped", "faults/test_scanner_away.py::test_a_fault_in_the_scan_is_noticed"),
    OfFaults("T23", "proxy_request_buffering off", "faults/test_behind_nginx.py::test_a_configuration_that_passes_bytes_on_as_they_come_is_noticed"),
)  # fmt: skip


class UnknownMutant(LookupError):
    """There is no mutant of this name."""


def named(name: str) -> Mutant:
    """The mutant of a name. Raises UnknownMutant."""
    found = next((mutant for mutant in MUTANTS if mutant.name == name), None)
    if found is None:
        raise UnknownMutant(name)
    return found
