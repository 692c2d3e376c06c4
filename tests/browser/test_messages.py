"""The centre reminds and answers; an office reads, asks and finds: by keyboard and on a phone, with axe on every page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_closing import faults_of


def test_a_reminder_and_an_answer_reach_the_office(server, open_page):
    central = open_page(permissions=["clipboard-read", "clipboard-write"])
    sign_in(central, server, "central")
    central.goto(f"{server.url}/monitor/2566-6/remind?region=central_east&kind=secondary")
    central.get_by_label("ผู้อำนวยการเขต").check()
    central.fill("#paragraph", "ขอความร่วมมือเร่งส่งรายงาน")
    central.get_by_role("button", name="แสดงผู้รับใหม่").click()
    expect(central.locator("tr", has_text="สพม.กรุงเทพมหานคร เขต 1")).to_contain_text("ผู้อำนวยการ")
    expect(central.locator("#paragraph")).to_have_value("ขอความร่วมมือเร่งส่งรายงาน")
    central.get_by_role("button", name="คัดลอกข้อความ LINE").click()
    expect(central.locator("#toasts")).to_contain_text("คัดลอกแล้ว")
    assert "สพม.กรุงเทพมหานคร เขต 1" in central.evaluate("navigator.clipboard.readText()")
    assert faults_of(central) == []
    central.get_by_role("button", name="ส่งถึงเขตที่เลือก").press("Enter")
    expect(central.locator("h1")).to_contain_text("การเตือนเมื่อ")
    expect(central.locator("tbody tr")).to_have_count(2)
    assert faults_of(central) == []
    for path in ("/monitor/2566-6/reminders/", "/delivery/", "/monitor/2566-6/"):
        central.goto(server.url + path)
        assert faults_of(central) == [], path

    office = open_page(390, touch=True)
    sign_in(office, server, "coordinator.s-bkk-1")
    office.locator(".inbox-link").click()
    expect(office.locator(".inbox .unread").first).to_contain_text("ยังต้องส่งรายงาน")
    assert faults_of(office) == []
    office.locator(".inbox .unread button").first.click()
    expect(office.locator("h1")).to_contain_text("สพม.กรุงเทพมหานคร เขต 1")
    expect(office.locator(".inbox-link .count")).to_have_count(0)

    office.goto(f"{server.url}/reports/2566-6/S-BKK-1/QP-2")
    office.get_by_role("link", name="คำถามที่พบบ่อยของตัวชี้วัดนี้ (0)").click()
    office.fill("#text", "ต้องแนบภาพกิจกรรมด้วยหรือไม่")
    assert faults_of(office) == []
    office.get_by_role("button", name="ส่งคำถาม").click()
    expect(office.locator(".talk")).to_contain_text("ต้องแนบภาพกิจกรรมด้วยหรือไม่")

    central.goto(f"{server.url}/questions/?state=open")
    assert faults_of(central) == []
    central.get_by_role("link", name="ต้องแนบภาพกิจกรรมด้วยหรือไม่").click()
    central.fill("#text", "ไม่ต้องแนบภาพ")
    central.get_by_label("เผยแพร่คำถามและคำตอบให้ทุกเขต").check()
    assert faults_of(central) == []
    central.get_by_role("button", name="ส่งคำตอบ").click()
    expect(central.locator(".talk .answer")).to_contain_text("ไม่ต้องแนบภาพ")

    office.reload()
    office.get_by_role("button", name="ได้คำตอบที่ต้องการแล้ว").click()
    expect(office.locator("main .tag").first).to_contain_text("ได้คำตอบแล้ว")
    assert faults_of(office) == []
    neighbour = open_page()
    sign_in(neighbour, server, "reporter.p-cpm-2")
    neighbour.goto(f"{server.url}/reports/2566-6/P-CPM-2/QP-2/questions")
    neighbour.locator(".known summary").click()
    expect(neighbour.locator(".known")).to_contain_text("ไม่ต้องแนบภาพ")
    expect(neighbour.locator("main")).not_to_contain_text("กรุงเทพมหานคร")
    assert faults_of(neighbour) == []
