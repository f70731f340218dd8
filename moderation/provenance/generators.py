"""Traces that well-known generators leave in files, and that anybody can write or remove. Pure Python.

Sources: what the tools themselves write (AUTOMATIC1111 web UI, ComfyUI, InvokeAI, NovelAI and others).
"""

import json
import re

_NAMES = (  # as they stand in Software, CreatorTool, Credit and comments
    *("Midjourney", "Stable Diffusion", "DALL-E", "DALL·E", "DALLE", "NovelAI", "ComfyUI", "InvokeAI"),
    *("AUTOMATIC1111", "Fooocus", "Adobe Firefly", "Bing Image Creator", "Made with Google AI", "Imagen"),
    *("FLUX.1", "Leonardo.Ai", "Ideogram", "Playground AI", "OpenAI", "ChatGPT", "Sora", "Runway Gen"),
    *("Pika Labs", "Kling AI", "Hailuo", "Animate Anyone", "Tongyi Wanxiang", "Wanx", "Jimeng", "Doubao"),
    *("通义万相", "文心一格", "即梦", "豆包", "可灵", "星绘", "美图AI", "智谱清影", "混元"),
)
_NAMED = re.compile(
    "|".join(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])" for name in _NAMES), re.IGNORECASE
)
_TEXT_KEYS = {  # text chunks that only generators write
    "dream": "InvokeAI",
    "sd-metadata": "InvokeAI",
    "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI",
    "fooocus_scheme": "Fooocus",
}
MAX_LOOKED_AT = 20_000


def named_generator(text: str) -> str:
    """The generator that a piece of metadata names; empty for none."""
    found = _NAMED.search(text[:MAX_LOOKED_AT])
    return found.group(0) if found else ""


def has_diffusion_parameters(text: str) -> bool:
    """Whether a text looks like the settings of a diffusion model, as the web UI writes them."""
    head = text[:MAX_LOOKED_AT]
    return "Steps: " in head and ("Sampler: " in head or "CFG scale: " in head or "Seed: " in head)


def generator_of(name: str, value: str) -> str:
    """The generator that a text chunk or key gives away by its name or its shape; empty for none."""
    if name.lower() in _TEXT_KEYS:
        return _TEXT_KEYS[name.lower()]
    if name in ("parameters", "UserComment", "Comment", "comment") and has_diffusion_parameters(value):
        return "Stable Diffusion web UI"
    if name.lower() in ("prompt", "workflow", "comment") and _is_comfy_graph(value):
        return "ComfyUI"
    return named_generator(value)


def _is_comfy_graph(value: str) -> bool:
    """A graph of nodes; read as JSON only where it looks like one, and only if it is short enough."""
    if not value.lstrip().startswith("{") or not ("class_type" in value or '"nodes"' in value):
        return False
    try:
        graph = json.loads(value)
    except (ValueError, RecursionError):
        return '"class_type"' in value  # cut or damaged
    if "nodes" in graph:
        return isinstance(graph["nodes"], list)
    return any(isinstance(node, dict) and "class_type" in node for node in graph.values())
