"""Which configs may a prompt have? Any JSON, and often keys that platforms know."""

from hypothesis import strategies as st

from mooring.core.artifact import Json

_KNOWN = ("model", "model_name", "provider", "temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "seed")
_MORE = ("presence_penalty", "stop_sequences", "extra_params", "tools", "examples", "output_schema", "template_format")
_keys = st.sampled_from((*_KNOWN, *_MORE)) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
_scalars: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=6,
)
CONFIGS = st.dictionaries(_keys, _values, max_size=6) | _values
