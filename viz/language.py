"""The words of pictures, pages, text and plots: one table, English and Japanese.

How to add a phrase: write it where it is needed as ``say("{:,} values of {}", n, name)``, and its row with the Japanese into
`PHRASES` ("{1} の値 {0:,} 個": the braces are those of `str.format`, in any order). ``{s}`` is the s of an English plural: none
where the first whole number that is given is 1. In a script of a page it is ``say("Step {}", i)``, and in its HTML an attribute
such as ``aria-label="Step"`` or an element with ``data-say``: the page takes what it needs from here. A test misses what is not.

Who draws, says in which language: ``lang=``, or the environment variable CHAINRULE_LANG, or English; the locale is not asked, so
that the same graph gives the same bytes everywhere.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

LANGUAGES = {"en": "English", "ja": "日本語"}
"""What there are, each by its own name."""
VARIABLE = "CHAINRULE_LANG"
"""The environment variable that says which is spoken where nobody asks for one."""

PHRASES = {
    # numbers and their age
    "none yet": "まだない",
    "{} (out of date)": "{}(古い値)",
    "out of date": "古い値",
    "grad of before": "前の勾配",
    "out of date: call forward()": "古い値がある: forward() を呼ぶこと",
    "formulas are written of one result, of up to 1,000 values, none of them folded":
        "式を書けるのは、結果が一つで、値が 1,000 個まで、折りたたまれた箱のない図だけ",
    "gradients are of before forward(): call zero_grad() and backward()":
        "勾配は forward() より前のもの: zero_grad() と backward() を呼ぶこと",
    # the banner of `python -m autograd`
    "chainrule {}, compiled engine, Python {}": "chainrule {}、コンパイルされたエンジン、Python {}",
    "chainrule {}, uncompiled engine ({}), Python {}": "chainrule {}、コンパイルされていないエンジン ({})、Python {}",
    "usage: python -m autograd": "使い方: python -m autograd",
    "Python with the names of autograd and viz, and nn, at hand: a session, or what standard input has.":
        "autograd と viz の名前と nn がはじめから使える Python。端末では対話、それ以外では標準入力のプログラムを実行する。",
    "It takes no arguments. An expression, its gradient and its picture are the command chainrule: chainrule --help":
        "引数はとらない。式とその勾配、図はコマンド chainrule で: chainrule --help",
    "there is no compiled wheel for this machine, and there was no C compiler":
        "このマシン用のコンパイル済みパッケージも、C コンパイラもなかった",
    "Python is free-threaded": "Python がフリースレッド版",
    "these are the sources": "これはソース",
    "these are the sources: start from another folder for what was installed":
        "これはソース。インストールしたものは、別のフォルダで始めれば動く",
    "Three things to try:": "まずはこの三つを:",
    "the derivative of y by x": "y の x についての微分",
    "the graph in between, and a page that steps through it": "間にあるグラフと、それを一段ずつたどるページ",
    "all second derivatives of a function": "関数の二階微分すべて",
    # what a graph holds
    "value": "値",
    "data": "値",
    "grad": "勾配",
    "leaf": "葉",
    "constant {}": "定数 {}",
    "data {}": "値 {}",
    "grad {}": "勾配 {}",
    " ({} by these wires)": "(これらの線からは {})",
    "{} × {} = {} passed back": "{} × {} = {} が戻る",
    "{}: {} passed back": "{}: {} が戻る",
    "and {:,} more": "ほか {:,} 個",
    " and {:,} more": " ほか {:,} 個",
    "{}, and {:,} more": "{} ほか {:,} 個",
    "{:,} more": "ほか {:,} 個",
    "{:,} values": "{:,} 個の値",
    "{:,} value{s}": "{:,} 個の値",
    "{:,} values.": "値は {:,} 個。",
    "{:,} values, {:,} of them not drawn.": "値は {:,} 個、うち {:,} 個は描かれていない。",
    "Gradient by {}: {}.": "{} についての勾配: {}。",
    "Corrected: {}.": "修正: {}。",
    "{}.": "{}。",
    "{:,} values; the gradient that is passed back has the length {}": "{:,} 個の値。戻る勾配の長さは {}",
    "{:,} values; the gradient has the length {}": "{:,} 個の値。勾配の長さは {}",
    "no gradient yet: call backward()": "勾配はまだない: backward() を呼ぶこと",
    "corrected by {}": "修正の大きさ {}",
    "In focus: {}.": "注目しているもの: {}。",
    "a graph as text": "文字で書いたグラフ",
    # operands
    "1st operand": "1 番目の入力",
    "2nd operand": "2 番目の入力",
    "3rd operand": "3 番目の入力",
    "{}th operand": "{} 番目の入力",
    "operand {}": "{} 番目の入力",
    # folded graphs
    "{:,} values, folded to {:,}": "{:,} 個の値を {:,} 個に畳んだ図",
    "{:,} values, {:,} calls": "{:,} 個の値、{:,} 回の呼び出し",
    "{:,} values of {}.": "{1} の値 {0:,} 個。",
    "1 parameter": "1 個のパラメータ",
    "{:,} parameters": "{:,} 個のパラメータ",
    "1 leaf": "1 個の葉",
    "{:,} leaves": "{:,} 個の葉",
    "gives {}": "出力 {}",
    "gives {:,}: {} to {}": "出力 {:,} 個: {} から {}",
    "gives {} = {}, grad {}": "出力 {} = {}、勾配 {}",
    "parameters": "パラメータ",
    "leaves {}": "葉 {}",
    "values {}": "値 {}",
    "{} call {}": "{} {} 回目",
    "{}, part {}": "{}、部分 {}",
    # rounding, and lines of the program
    "no bound": "限界なし",
    "rounding {}, {} of the bound": "丸め {}、限界の {}",
    "rounding: at most ±{}; certain digits: {}": "丸め: 最大 ±{}、確かな桁数: {}",
    "rounding: none, the value is exact": "丸め: なし。値は厳密",
    "rounding: there is no bound on the error": "丸め: 誤差の限界を示せない",
    "share of a node:": "ノードの割合:",
    "line {}": "{} 行目",
    "lines {}–{}": "{}–{} 行目",
    "lines of {} files": "{} 個のファイルの行",
    "and {:,} more lines": "ほか {:,} 行",
    "no lines are known: compute inside 'with lines():'": "行はわからない: 'with lines():' の中で計算すること",
    "line": "行",
    "formulas are written of up to {:,} values; here are {:,}": "式を書くのは値 {:,} 個まで。ここには {:,} 個ある",
    # text
    "... and {:,} more values; viz.text(v, kind='tape') shows the order of evaluation":
        "... ほか {:,} 個の値: viz.text(v, kind='tape') は計算の順に示す",
    "{} (goes on below)": "{}(下に続く)",
    "... {:,} more": "... ほか {:,} 個",
    # an explanation by paths
    "{}: no path leads from {} to {}": "{}: {} から {} への経路はない",
    "out of date: call forward(), and explain anew": "古い値がある: forward() を呼び、もう一度 explain すること",
    "each 0": "どれも 0",
    "together {}": "合わせて {}",
    "... and {}": "... ほか{}",
    "... and {}, {}": "... ほか{}、{}",
    "{:,} more path{s}": "の経路 {:,} 本",
    "about 10^{} more paths": "の経路 約 10^{} 本",
    " ... {:,} more ...": " ... ほか {:,} 個 ...",
    # networks
    "inputs": "入力",
    "outputs": "出力",
    "input {}": "入力 {}",
    "input {}: {}": "入力 {}: {}",
    "number {}": "{} 番",
    "frozen": "固定",
    "{}, unit {}": "{}、ユニット {}",
    "{}, output {}, input {}": "{}、出力 {}、入力 {}",
    "{}: input {} and what is made of it, added": "{}: 入力 {} と、それから作られたものの和",
    "{}, {}, a forward of its own": "{}、{}、独自の forward",
    "wired by a forward of its own": "独自の forward でつながる",
    "{:,} parameter{s}": "{:,} 個のパラメータ",
    "{:,} parameter{s}, {:,} frozen": "{:,} 個のパラメータ、うち {:,} 個は固定",
    "{:,} parameter{s}, frozen": "{:,} 個のパラメータ、固定",
    "bias {}": "バイアス {}",
    "weights {}": "重み {}",
    "from {} to {}": "{} から {}",
    "from {} to {} ({:,} nan or infinite)": "{} から {}({:,} 個は nan か無限大)",
    "{:,} numbers": "{:,} 個の数",
    "weight {} from input {} to unit {}": "入力 {1} からユニット {2} への重み {0}",
    "positive": "正",
    "negative": "負",
    "negative (the great ones broken)": "負(大きいものは破線)",
    "weight; widest: {}": "重み、最も太い線: {}",
    "weight; all are 0": "重み、すべて 0",
    "weight in an image": "画像の中の重み",
    "weight in an image: {}": "画像の中の重み: {}",
    "biases: all are 0": "バイアス: すべて 0",
    "in a unit: its bias": "ユニットの中: バイアス",
    "thresholds: all are 0": "閾値: すべて 0",
    "in a unit: its threshold θ = −b": "ユニットの中: 閾値 θ = −b",
    "in a unit: the colour of its threshold; strongest: {}": "ユニットの色: 閾値、最も強いもの: {}",
    "in a unit: its input a | its output z": "ユニットの中: 入力の和 a | 出力 z",
    "in a unit: its output": "ユニットの中: 出力",
    "beside an image: the colour of its unit's output; strongest: {}": "画像の横の色: ユニットの出力、最も強いもの: {}",
    "over it: its bias b": "上: バイアス b",
    "over it: its threshold θ = −b": "上: 閾値 θ = −b",
    "under it: δ = ∂L/∂a": "下: 誤差 δ = ∂L/∂a",
    "{}; {}": "{}、{}",
    "on a wire: its weight w, under it ∂L/∂w": "線の上: 重み w、その下: ∂L/∂w",
    "red: a step of gradient descent, minus {} × ∂L/∂w": "赤: 勾配降下の 1 歩、{} × ∂L/∂w を引く",
    "red: what has changed, before → after": "赤: 変わったもの、前 → 後",
    "a weight that has changed; widest: by {}": "変わった重み、最も太いもの: {}",
    "no weight has changed": "変わった重みはない",
    "bias {} of unit {}": "ユニット {1} のバイアス {0}",
    "{}: {:,} numbers": "{}: {:,} 個の数",
    "squared error": "二乗誤差",
    "cross entropy": "クロスエントロピー",
    "binary cross entropy": "2 値のクロスエントロピー",
    "hinge": "ヒンジ損失",
    "affine": "アフィン",
    "convolution": "畳み込み",
    "in a unit: the colour of its bias; strongest: {}": "ユニットの色: バイアス、最も強いもの: {}",
    "1 number is nan or infinite": "1 個の数が nan か無限大",
    "{:,} numbers are nan or infinite": "{:,} 個の数が nan か無限大",
    "Nothing: what comes in goes out.": "何もない: 入ったものがそのまま出る。",
    "{}, {}": "{}、{}",
    "{}. Weights {}": "{}。重み {}",
    "{}; biases {}": "{}、バイアス {}",
    # plots
    "step": "ステップ",
    "loss": "損失",
    "layer": "層",
    "mean |gradient|": "|勾配| の平均",
    "bound {}ⁿ": "上界 {}ⁿ",
    "rate {}": "学習率 {}",
    "training": "訓練",
    "test": "テスト",
    "epoch {}": "エポック {}",
    "identity": "恒等関数",
    "ReLU": "ReLU",
    "GELU": "GELU",
    "leaky ReLU, slope 0.1": "Leaky ReLU、傾き 0.1",
    "softmax of (x, 0, 0)": "(x, 0, 0) のソフトマックス",
    "{} hats": "帽子 {} 個",
    "number of hats": "帽子の個数",
    "largest error": "最大の誤差",
    "{} read as {}": "{} を {} と読んだ",
    "probability": "確率",
    "input": "入力",
    "code": "符号",
    "output": "出力",
    "direction {}": "方向 {}",
    "0: this network, 1: the other one": "0: このネットワーク、1: もう一方",
    "border": "境界",
    "border of a hidden unit": "隠れユニットの境界",
    "border in a later layer": "後の層での境界",
    "row": "行",
    "column": "列",
    "change": "変化",
    "head {}": "ヘッド {}",
    "query": "クエリ",
    "key": "キー",
    "dimension {}": "次元 {}",
    "principal component {} ({} of the variance)": "第 {} 主成分 (分散の {})",
    # the sentences of a page
    "Leaf:": "葉:",
    "Leaves:": "葉:",
    "Given:": "与えられたもの:",
    " and ": "、",
    "{:,} inside groups": "グループの中に {:,} 個",
    "{:,} from groups outside": "外のグループから {:,} 個",
    "{} computes {:,} value{s}": "{} は {:,} 個の値を計算する:",
    "and {}": "{}",
    "gradient {} comes in": "勾配 {} が入ってくる",
    "Backward starts at {}:": "逆伝播は {} から始まる:",
    "Backward through {}:": "{} を逆向きに通る:",
    "{:,} operation{s}": "{:,} 個の演算",
    "nothing comes in (0): nothing is passed on": "入ってくるのは 0: 何も伝わらない",
    "{:,} more operands of {}:": "{1} のほかの入力 {0:,} 個:",
    "{} × each one's local derivative": "{} × それぞれの局所的な微分",
    "gradients for {:,} values, |g| {}": "{:,} 個の値への勾配、|g| {}",
    "{} hands back": "{} が戻す",
    "Through {}:": "{} を通って:",
    "{:,} products add up to {}": "{:,} 個の積の和は {}",
    "Through what is not drawn:": "描かれていないところから:",
    "From outside:": "外から:",
    "→ {} for {}": "→ {1} へ {0}",
    "→ gradient of {}: {} → {}": "→ {} の勾配: {} → {}",
    # the page on which a network learns
    "a network that learns": "学習するネットワーク",
    "Training: {}": "学習: {}",
    "Training": "学習",
    "Begin anew": "はじめから",
    "One step": "一ステップ",
    "learning rate": "学習率",
    "activation": "活性化関数",
    "optimiser": "最適化法",
    "batch size": "バッチサイズ",
    "SGD": "SGD",
    "momentum": "モーメンタム",
    "Adam": "Adam",
    "noise": "ノイズ",
    "seed": "乱数の種",
    "speed": "速さ",
    "slow": "ゆっくり",
    "normal": "ふつう",
    "fast": "速い",
    "Network": "ネットワーク",
    "epoch": "エポック",
    "correct": "正解",
    "target": "目標",
    "Output of the network": "ネットワークの出力",
    "Loss of each epoch": "各エポックの損失",
    "The curve begins with the first epoch.": "曲線は最初のエポックから始まる。",
    "The loss is no finite number any more: choose a smaller learning rate.":
        "損失が有限の数ではなくなった: 学習率を小さくすること。",
    "weight {}": "重み {}",
    # the controls of a page
    "a computation graph, step by step": "計算グラフを一歩ずつ",
    "Whole graph": "グラフ全体",
    "Opened groups": "開いたグループ",
    "Search": "検索",
    "Search a label": "ラベルを検索",
    "{} found": "{} 個",
    "{} of {}": "{} / {}",
    "Zoom out": "縮小",
    "Zoom in": "拡大",
    "Fit the picture": "全体を表示",
    "Light or dark": "明るい色・暗い色",
    "Steps": "ステップ",
    "Step": "ステップ",
    "Step {} of {}: {}": "ステップ {} / {}: {}",
    "done": "計算済み",
    "First step": "最初へ",
    "Step back": "一つ戻る",
    "Step forward": "一つ進む",
    "Last step": "最後へ",
    "Play": "再生",
    "Pause": "一時停止",
    "What happens at this step": "このステップで起こること",
    "Start": "はじめ",
    "Seed": "逆伝播の始まり",
    "Forward {} of {}": "順伝播 {} / {}",
    "Backward {} of {}": "逆伝播 {} / {}",
    "step {}, {}": "ステップ {}、{}",
    "The chosen value": "選んだ値",
    "gradient": "勾配",
    "value {}": "値 {}",
    "gradient {}": "勾配 {}",
    "gradient of {} by {}": "{1} についての {0} の勾配",
    "not computed yet": "まだ計算されていない",
    "no gradient yet": "勾配はまだない",
    "Enter opens it": "Enter で開く",
    "Open": "開く",
    "Close": "閉じる",
    # leaves that can be changed
    "The leaves": "葉",
    "Change the leaves": "葉の値を変える",
    "Reset": "元に戻す",
    "Reset {}": "{} を元に戻す",
    "Lower {} by {}": "{} を {} 減らす",
    "Raise {} by {}": "{} を {} 増やす",
    "What where(), detach() or softmax() chose stays as it was.":
        "where()、detach()、softmax() が選んだものは元のまま変わらない。",
    "The leaves cannot be changed: {}": "葉の値は変えられない: {}",
    "the graph is folded; collapse=None draws all of it": "グラフが畳まれている。collapse=None ならすべて描ける",
    "what rounding does is worked out in Python; a page without rounding= has leaves that change":
        "丸めの影響は Python で計算する。rounding= のないページなら葉を変えられる",
    "a browser writes numbers with four digits, or in a format such as '.3f'":
        "ブラウザでの数の書き方は 4 桁か '.3f' のような形式",
}  # fmt: skip
"""Every phrase, and what it is in Japanese."""

_spoken: ContextVar[str | None] = ContextVar("language of viz", default=None)


def language_asked_for(lang: str | None = None) -> str | None:
    """The language that a caller names, or that is spoken around, or that the environment names; None if nobody does.

    `ValueError` names those there are.

    >>> language_asked_for("ja")
    'ja'
    """
    given, who = _spoken.get() if lang is None else lang, "lang="
    if given is None:
        given, who = os.environ.get(VARIABLE) or None, VARIABLE
    if given is None or given in tuple(LANGUAGES):
        return given
    message = f"{who}: there is no language {given!r}; the languages are {', '.join(LANGUAGES)}"
    raise ValueError(message)


@contextmanager
def speaking(lang: str | None = None) -> Iterator[str]:
    """Speak the language that is asked for, else English, in all that is done meanwhile.

    >>> with speaking("ja"):
    ...     say("{:,} parameter{s}", 2)
    '2 個のパラメータ'
    """
    chosen = language_asked_for(lang) or "en"
    before = _spoken.set(chosen)
    try:
        yield chosen
    finally:
        _spoken.reset(before)


def in_language(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function that takes `lang` by its name speak that language while it runs."""

    @wraps(function)
    def speaking_it(*args: P.args, **options: P.kwargs) -> R:
        with speaking(options.get("lang")):  # type: ignore[arg-type]  # what it is, is checked there
            return function(*args, **options)

    return speaking_it


def say(phrase: str, *given: object, lang: str | None = None) -> str:
    """A phrase of the table with what is given in its braces, in the language that is spoken.

    >>> say("{:,} parameter{s}", 1, lang="en"), say("{1} の", lang="ja")
    Traceback (most recent call last):
    KeyError: "no row of viz.language.PHRASES is '{1} の'"
    """
    if phrase not in PHRASES:
        message = f"no row of viz.language.PHRASES is {phrase!r}"
        raise KeyError(message)
    text = PHRASES[phrase] if language_asked_for(lang) == "ja" else phrase
    if not given:
        return text
    if "{s}" not in text:
        return text.format(*given)
    many = next((x for x in given if type(x) is int), 2)
    return text.format(*given, s="s" if many != 1 else "")


def phrases_in(source: str) -> dict[str, str]:
    """The rows that a script or an HTML text of a page needs.

    >>> phrases_in('<button aria-label="Play"><dt data-say>value</dt> say("Forward {} of {}", 1, 2)')
    {'Play': '再生', 'value': '値', 'Forward {} of {}': '順伝播 {} / {}'}
    """
    found = re.findall(r"""(?:aria-label|placeholder)="([A-Z][^"]*)"|data-say>([^<{]+)<|\bsay\("([^"]+)\"""", source)
    return {phrase: PHRASES[phrase] for phrase in (one or two or three for one, two, three in found)}
