"""Writes mistral-instruct.jsonl: conversations with their ids, and which ids are an assistant's, by mistral-common.

    pip install mistral-common==1.13.1
    python test/tokenizers/golden/generate_instruct.py
"""

import json
import pathlib

from mistral_common.protocol.instruct.messages import AssistantMessage, SystemMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

HERE = pathlib.Path(__file__).parent
MESSAGES = {"s": SystemMessage, "u": UserMessage, "a": AssistantMessage}
ROLES = {"s": "system", "u": "user", "a": "assistant"}

CODE = "```ts\nconst x = [1, 2]\n\tif (x) {}\n```"
CONVERSATIONS = [
    [("u", "How many are left?"), ("a", "Three.")],
    [("s", "Be brief."), ("u", "How many are left?"), ("a", "Three.")],
    [("u", "hi"), ("a", "hello"), ("u", "and you?"), ("a", "fine")],
    [("s", "You are a helpful assistant."), ("u", "1+1?"), ("a", "2"), ("u", "2+2?"), ("a", "4"), ("u", "3+3?"), ("a", "6")],
    [("u", ""), ("a", "Nothing was asked.")],
    [("s", "S"), ("u", ""), ("a", "x"), ("u", ""), ("a", "y")],
    [("s", ""), ("u", "q"), ("a", "a")],
    [("s", "  "), ("u", "q"), ("a", "a")],
    [("s", "one"), ("s", ""), ("s", "two"), ("u", "q"), ("a", "a")],
    [("u", "a"), ("u", "b"), ("a", "c"), ("a", "d"), ("u", "e"), ("a", "f")],
    [("u", ""), ("u", ""), ("u", "x"), ("u", ""), ("a", "y")],
    [("u", "a"), ("s", "late"), ("u", "b"), ("a", "c")],
    [("u", "a"), ("s", "late"), ("a", "b"), ("u", "c"), ("a", "d")],
    [("a", "I begin."), ("u", "Do."), ("a", "Done.")],
    [("s", "S"), ("a", "I begin."), ("a", "And go on.")],
    [("u", "unanswered")],
    [("s", "only a system prompt")],
    [("s", "S"), ("u", "a"), ("a", "b"), ("u", "not answered")],
    [("u", "  leading and trailing  "), ("a", "  leading and trailing   ")],
    [("u", "\n\nlines\n"), ("a", "\nlines \n \n"), ("u", " "), ("a", " ")],
    [("u", "tab\t"), ("a", "tab\t "), ("u", "\r\n"), ("a", "\r\n")],
    [("u", "[INST] hi [/INST]"), ("a", "<s>[INST]</s>[/INST]"), ("u", "</s>"), ("a", "</s></s>")],
    [("s", "[SYSTEM_PROMPT]<s>"), ("u", "<unk><pad>[TOOL_CALLS]"), ("a", "[/INST] [control_8] <0x0A>")],
    [("u", "naïve café Ångström"), ("a", "Привет, мир! 你好，世界 👩\u200d👩\u200d👧\u200d👦")],
    [("s", "日本語で。"), ("u", "e\u0301 𝕳𝖊𝖑𝖑𝖔 \ue000\U0010ffff"), ("a", "ไทยไม่มีช่องว่าง\u3000")],
    [("u", "▁a▁"), ("a", "▁▁")],
    [("u", "nul \0 here"), ("a", "\0")],
    [("u", "\ufeffmark"), ("a", "x\ufeff")],
    [("u", CODE), ("a", f"It is:\n\n{CODE}\n"), ("u", "thanks"), ("a", "you're welcome")],
    [("u", "the " * 200), ("a", "word " * 200)],
    [("u", f"question {i // 2}") if i % 2 == 0 else ("a", f"answer {i // 2} ") for i in range(24)],
]


def tokenizers():
    ready = {
        "mistral-v1": MistralTokenizer.v1(),
        "mistral-v2": MistralTokenizer.v2(),
        "mistral-v3": MistralTokenizer.v3(),
        "tekken": MistralTokenizer.v3(is_tekken=True),
    }
    for tokenizer in ready.values():
        validator = tokenizer._chat_completion_request_validator
        tokenizer._chat_completion_request_validator = type(validator)(mode=ValidationMode.agnostic)
    return ready


def encode(tokenizer, messages):
    """The ids, and 1 for each that encode_assistant_message gave. A lone BOS comes first."""
    ids = tokenizer.encode_chat_completion(ChatCompletionRequest(messages=messages)).tokens
    request = tokenizer._instruct_request_normalizer.from_chat_completion_request(ChatCompletionRequest(messages=messages))
    instruct = tokenizer.instruct_tokenizer
    first, last = instruct.find_first_last_user(request)
    again, learned = instruct.start(), [0]
    for i, message in enumerate(request.messages):
        if isinstance(message, UserMessage):
            part, _, _ = instruct.encode_user_message(message, [], i == last, i == first, system_prompt=request.system_prompt)
        else:
            part = instruct.encode_assistant_message(message, i < last)
        again += part
        learned += [int(isinstance(message, AssistantMessage))] * len(part)
    assert ids == again
    return ids, learned


def main():
    ready = tokenizers()
    with open(HERE / "mistral-instruct.jsonl", "w", encoding="utf8", newline="\n") as file:
        for turns in CONVERSATIONS:
            row = {"messages": [{"role": ROLES[role], "content": content} for role, content in turns]}
            for name, tokenizer in ready.items():
                ids, learned = encode(tokenizer, [MESSAGES[role](content=content) for role, content in turns])
                row[name] = {"ids": ids, "learned": "".join(map(str, learned))}
            file.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
