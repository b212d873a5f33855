"""List prices in US dollars, us-east-1, arm64, of November 2026. No free tier and no discount is in them.

Look them up before you rely on them: https://calculator.aws
"""

MILLION = 1_000_000

API_REQUEST = 1.00 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
READ_UNIT = 0.125 / MILLION
WRITE_UNIT = 0.625 / MILLION
# A table's storage, and its point-in-time recovery.
TABLE_GB_MONTH = 0.25 + 0.20
LOG_GB = 0.50
LOG_GB_MONTH = 0.03
METRIC_MONTH = 0.30
ALARM_METRIC_MONTH = 0.10
DASHBOARD_MONTH = 3.00
SECRET_MONTH = 0.40
MAIL = 0.10 / 1000
# To a number in the United States, carrier's fee included; other countries cost up to twenty times as much.
SMS = 0.0106
