"""Which fixtures do several test files share?"""

import pytest

pytest.register_assert_rewrite("mooring.testing.conformance")
