"""Which names, labels, texts and artifacts bring out what a platform cannot do?"""

from mooring.core.artifact import Artifact, Json, Message, Placeholder

LABEL, OTHER = "production", "staging"

TOOLS: Json = [{"name": "search", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}]
SCHEMA: Json = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
FULL_CONFIG: Json = {
    "model": "gpt-4o",
    "temperature": 0.3,
    "max_tokens": 800,
    "stop_sequences": ["END"],
    "seed": 7,
    "tools": TOOLS,
    "output_schema": SCHEMA,
    "examples": [{"input": {"query": "Where is it?"}, "output": "Could you share the number?"}],
    "template_format": "jinja2",
}
CHAT = Artifact((Message("system", "Be kind to {{name}}."), Message("user", "{{question}}")), FULL_CONFIG)

TEXTS = (
    *("", " ", "\n", "a\n", "a\n\n\n", "\n\na", "\ta\t", "  a  ", "a\r\nb", "a\rb", "'", '"', "\\", "\\n", "`", "%41"),
    *("null", "[]", "{}", '{"a": 1}', "<b>&amp;</b>", "{{name}}", "{% if a %}b{% endif %}", "$x ${y}", "#", "?a=b&c=d"),
    *(
        "\ufeffa",
        "e\u0301",
        "\u00e9",
        "a\u2028b\u2029c",
        "\x01\x7f",
        "\u200f\u05d0",
        "日本語",
        "🧑‍🚀",
        "\U0010ffff",
        "a\u00a0",
    ),
)
NAMES = (
    *(
        "plain",
        "with-dash",
        "with_underscore",
        "dots.in.it",
        "UPPER",
        "7",
        "v1",
        "-",
        "a..b",
        "latest",
        "a/b",
        "/a",
        "a/",
    ),
    *(
        "with space",
        " a",
        "ünï",
        "e\u0301",
        "it's",
        'say "so"',
        "50%",
        "%2F",
        "a:b",
        "a@b",
        "a#b",
        "a?b=c",
        "a`b",
        "a\\b",
    ),
    *("..", ".", "", "tab\t", "line\n", "x" * 200, "x" * 300, "日本語", "a&b", "a+b", "a,b", "a;b", "a*b"),
)
LABELS = (
    *(
        "production",
        "a-b",
        "a_b",
        "UPPER",
        "a.b",
        "latest",
        "Latest",
        "LATEST",
        "v1",
        "V12",
        "vx",
        "1",
        "123",
        "-",
        "a/b",
    ),
    *(
        "a b",
        " a",
        "ünï",
        "a:b",
        "a@b",
        "a#b",
        "a?b",
        "%41",
        "it's",
        "a`b",
        "",
        "line\n",
        "x" * 36,
        "x" * 64,
        "x" * 300,
    ),
)

ODD = (
    Artifact(()),
    Artifact((Placeholder("history"),)),
    Artifact((Message("system", "a"), Placeholder("chat history"), Message("user", "b"))),
    Artifact((Message("placeholder", "{{history}}"), Message("", ""), Message("Tool", "x"))),
    Artifact("x", {"output_schema": {}, "tools": [], "examples": None, "model": "", "temperature": None}),
    Artifact("x", {"": 1, "a.b": {"c": [None, {}, []]}, "ключ": "é", "1": True}),
    Artifact("x", {"temperature": 0, "top_p": 1.0, "max_tokens": 1e3, "seed": 2**53 - 1, "x": 1e-9}),
    Artifact("x", ["not", "an", "object"]),
    Artifact("x", None),
)
