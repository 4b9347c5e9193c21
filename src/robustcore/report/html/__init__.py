"""The report as one self-contained HTML file: no request leaves it, nothing a model wrote acts in it."""

from robustcore.report.html.page import to_html as to_html
