"""The stages in order: read, annotate, store. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from spacy.tokens import Doc, Span
from threadpoolctl import ThreadpoolController

from textmine import config
from textmine.errors import ModelError, UsageError
from textmine.ids import make_id
from textmine.ingest.reader import article_from_text
from textmine.nlp.annotate import Sentence, annotate_doc
from textmine.nlp.kinds import KindClassifier
from textmine.nlp.pipeline import join_docs, load_engine
from textmine.nlp.sentence_vectors import SentenceVectors
from textmine.records import Annotated, Article, Statement
from textmine.statements.background import Background
from textmine.statements.classifier import Classifier, SentenceVector
from textmine.statements.dense import load_classifier
from textmine.statements.learned import LearnedClassifier, Lesson, examples_of, learn
from textmine.statements.taxonomy import Taxonomy, read_taxonomy
from textmine.statements.versions import Versions

#: A text longer than this (characters) is parsed in pieces cut between paragraphs: spaCy's parser
#: needs about 1 GB of memory for a million characters.
_PIECE = 200_000
#: Spaces of other widths are read as plain ones; offsets stay, records quote the text as it is.
_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "
)
#: A language guess on fewer words than this is not trusted to keep an article out.
_SURE_LANGUAGE_WORDS = 40


class Miner:
    """A loaded pipeline with its classifiers: texts in, records out."""

    def __init__(self, engine: str, taxonomies: Sequence[str]) -> None:
        self.engine = engine
        self._engine = load_engine(engine)
        self._nlp = self._engine.nlp
        self._nlp.max_length = config.MAX_ARTICLE_CHARS + 1
        self._model = self._engine.name
        self._kinds = KindClassifier.load(config.models_folder() / "kinds" / "kinds.npz")
        self._vectors = SentenceVectors(self._nlp)
        self._products = ThreadpoolController()
        self._classifiers: dict[str, Classifier] = {}
        for given in taxonomies:
            taxonomy = read_taxonomy(config.taxonomy_path(given))
            self._classifiers[taxonomy.name] = self._in_use(taxonomy)

    @property
    def models(self) -> dict[str, str]:
        """Return the models in use: the pipeline's and each taxonomy's."""
        names = {name: classifier.model for name, classifier in self._classifiers.items()}
        return {"pipeline": self._model, **names}

    @property
    def version(self) -> str:
        """Return a mark of all models together: a stored article with this mark is done."""
        from textmine.nlp import claims, entities, figures, kinds

        rules = [figures.MODEL, claims.MODEL, entities.MODEL, kinds.MODEL]
        return make_id("mod", sorted(self.models.items()), rules)

    def classifier(self, taxonomy: Taxonomy) -> Classifier:
        """Return what labels sentences under a taxonomy: the version in use; read once."""
        if taxonomy.name not in self._classifiers:
            self._classifiers[taxonomy.name] = self._in_use(taxonomy)
        return self._classifiers[taxonomy.name]

    def _in_use(self, taxonomy: Taxonomy) -> Classifier:
        trained = self.trained(taxonomy)
        versions = Versions(config.learned_folder(taxonomy.name), self.host)
        if versions.current:
            return LearnedClassifier.load(versions.path(versions.current), taxonomy, trained)
        return trained or self.learn(
            taxonomy, Lesson([], [], []), model=f"{taxonomy.name}-examples-3"
        )

    def trained(self, taxonomy: Taxonomy) -> Classifier | None:
        """Return the classifier in the box that was trained for a taxonomy, or None."""
        # Trained on the vectors of one pipeline, a classifier is of no use with another's.
        path = config.models_folder() / "statements" / f"{taxonomy.name}-{self.host}.npz"
        return load_classifier(path) if path.is_file() else None

    def learn(self, taxonomy: Taxonomy, decisions: Lesson, *, model: str) -> LearnedClassifier:
        """Learn a taxonomy from decisions, on top of the trained one or of the file's examples."""
        trained = self.trained(taxonomy)
        lesson = decisions
        if trained is None:
            told = examples_of(taxonomy)
            texts = [text for _, text in told]
            lesson = decisions + Lesson(texts, self.vectors(texts), [(name,) for name, _ in told])
        path = config.models_folder() / "statements" / f"background-{self.host}.npz"
        return learn(lesson, taxonomy, background=Background.load(path), prior=trained, model=model)

    def annotate(self, article: Article | str) -> Annotated:
        """Take every record from one article; a ``str`` is taken as it is, whole."""
        return next(self.annotate_many([article]))

    def annotate_many(self, articles: Iterable[Article | str]) -> Iterator[Annotated]:
        """Annotate a stream of articles, batched, in order."""
        stream = (_as_article(a) for a in articles)
        while batch := list(islice(stream, 32)):
            readable = [self._skip_reason(article) is None for article in batch]
            texts = [
                piece
                for article, ok in zip(batch, readable, strict=True)
                if ok
                for piece in _pieces(article.text.translate(_SPACES))
            ]
            docs = self._nlp.pipe(texts, batch_size=32)
            for article, ok in zip(batch, readable, strict=True):
                if not ok:
                    yield Annotated(self._with_skip_warning(article))
                    continue
                # The pipeline's small products are slower on two threads than on one, and take
                # the cores from the encoder, which has threads of its own.
                with self._products.limit(limits=1, user_api="blas"):
                    parts = [next(docs) for _ in _pieces(article.text)]
                yield self._records(article, join_docs(parts))

    def _skip_reason(self, article: Article) -> str | None:
        if not article.text.strip():
            return "no text: nothing extracted"
        long = len(article.text.split()) >= _SURE_LANGUAGE_WORDS or not article.text.isascii()
        if article.language not in {None, "en"} and long and article.extractor != "as given":
            return f"language {article.language}: not English, nothing extracted"
        return None

    def _with_skip_warning(self, article: Article) -> Article:
        warnings = (*article.coverage.warnings, self._skip_reason(article) or "")
        return replace(article, coverage=replace(article.coverage, warnings=warnings))

    def _records(self, article: Article, doc: Doc) -> Annotated:
        result, sentences = annotate_doc(
            doc,
            article,
            self._kinds,
            model=self._model,
            labels=self._engine.labels,
        )
        statements = [
            statement
            for name in self._classifiers
            for statement in self._label(article.id, name, sentences)
        ]
        return replace(result, statements=statements)

    def _vector(self, span: Span) -> SentenceVector:
        words = self._vectors.words_of(span)
        if words is None:
            return SentenceVector(self._vectors.of_span(span))
        return SentenceVector(words[1].mean(0), *words)

    def _label(
        self, article_id: str, taxonomy: str, sentences: Sequence[Sentence]
    ) -> list[Statement]:
        classifier = self._classifiers[taxonomy]
        if not sentences:
            return []
        scored = classifier.score(
            [sentence.text for sentence in sentences],
            [self._vector(sentence.span) for sentence in sentences],
        )
        return [
            Statement(
                make_id("sta", article_id, taxonomy, s.start, s.end), article_id, s.start, s.end,
                s.text, taxonomy, found.labels, found.scores, s.voice, s.speaker_entity_id,
                found.evidence, classifier.model,
            )
            for s, found in zip(sentences, scored, strict=True)
        ]  # fmt: skip

    def vectors(self, sentences: Sequence[str]) -> list[SentenceVector]:
        """Return the vectors of sentences, each read by itself."""
        return [self._vector(span) for span in self._vectors.spans_of(sentences)]

    @property
    def host(self) -> str:
        """Return the pipeline in the box whose vectors statements are read by."""
        return self._engine.host

    def classify(
        self, sentences: Sequence[str], taxonomy: str = config.DEFAULT_TAXONOMY
    ) -> list[Statement]:
        """Label sentences as they stand under one taxonomy, by name or file."""
        if isinstance(sentences, str):
            raise UsageError("classify takes a list of sentences: write classify([sentence])")
        found = read_taxonomy(config.taxonomy_path(taxonomy))
        classifier = self.classifier(found)
        if not sentences:
            return []
        found_scores = classifier.score(sentences, self.vectors(sentences))
        return [
            Statement(
                make_id("sta", text, found.name), make_id("art", text), 0, len(text), text,
                found.name, scored.labels, scored.scores, "author", None, scored.evidence,
                classifier.model,
            )
            for text, scored in zip(sentences, found_scores, strict=True)
        ]  # fmt: skip


def _as_article(given: object) -> Article:
    if isinstance(given, str):
        return article_from_text(given)
    if not isinstance(given, Article):
        raise UsageError(f"{type(given).__name__} cannot be annotated: give a str or an Article")
    return given


def _pieces(text: str) -> list[str]:
    """Cut a long text between paragraphs (else anywhere); the pieces joined are the text."""
    if len(text) <= _PIECE:
        return [text]
    out, at = [], 0
    while at < len(text):
        end = min(len(text), at + _PIECE)
        if end < len(text):
            cut = text.rfind("\n", at + _PIECE // 2, end)
            cut = cut if cut >= 0 else text.rfind(" ", end - 200, end)
            end = cut + 1 if cut > at else end
        out.append(text[at:end])
        at = end
    return out


def load(engine: str = config.DEFAULT_ENGINE, *, taxonomies: Sequence[str] | None = None) -> Miner:
    """Load a pipeline in the box or any spaCy pipeline, with the active taxonomies."""
    return Miner(engine, [config.DEFAULT_TAXONOMY] if taxonomies is None else taxonomies)


def check_models() -> list[tuple[str, Path, bool]]:
    """Return each model in the box with its path and whether it is there."""
    try:
        folder = config.models_folder()
    except ModelError:
        return [("models", Path("models"), False)]
    wanted = {
        "accurate pipeline": folder / "accurate" / "config.cfg",
        "fast pipeline": folder / "fast" / "config.cfg",
        "organisation kinds": folder / "kinds" / "kinds.npz",
        "innovation-driver": folder / "statements" / "innovation-driver-accurate.npz",
        "innovation-driver (fast)": folder / "statements" / "innovation-driver-fast.npz",
    }
    return [(name, path, path.is_file()) for name, path in wanted.items()]
