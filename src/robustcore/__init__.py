"""robustcore: robustness tests as pure functions of model responses, usable without pytest.

Import from the subpackages; this file stays empty so that importing one part never loads another.
"""
