"""Tests of what makes the model: python -m unittest discover nano/tests (needs nano/requirements.txt)"""

import random
import sys
import tempfile
import unittest
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bank import load
from compare import same, same_program, same_template
from guard import Guard, requests_of
from mask import PLACEHOLDERS, mask, mask_command, unmask
from noise import mistype, vary
from sources import REFUSED, BankPairs, Nl2bashPairs, TldrPairs, masked, split_bank

try:
    import gguf
    import numpy
    import tokenizers
    import torch
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = ""

BANK = load()
NOTHING_KEPT_OUT = Guard([]).near


class Masking(unittest.TestCase):
    def test_bank_pairs_come_back_as_they_were(self):
        chance = random.Random(4)
        for _ in range(3000):
            pair = BANK.sample(chance)
            _, literals = mask(pair.request)
            self.assertEqual(unmask(mask_command(pair.command, literals), literals), pair.command)

    def test_refusals_are_one_short_target(self):
        self.assertEqual(masked("write a poem in poem.txt", "refuse: no shell command writes poems")[1], REFUSED)


class Noise(unittest.TestCase):
    def test_a_slip_never_touches_what_the_command_repeats(self):
        chance = random.Random(5)
        for _ in range(3000):
            pair = masked(*BANK.sample(chance)[:2])
            request, command = vary(pair, chance)
            self.assertEqual(command, pair[1])
            for char in PLACEHOLDERS:
                self.assertEqual(char in request, char in pair[0])

    def test_a_slip_changes_one_letter_or_two(self):
        chance = random.Random(6)
        for _ in range(100):
            self.assertLessEqual(abs(len(mistype("largest", chance)) - 7), 1)


class HeldBack(unittest.TestCase):
    def test_one_phrasing_of_an_intent_is_learnt_by_nobody(self):
        learnt, held = split_bank(BANK)
        learnt = {intent.name: intent for intent in learnt.intents}
        self.assertGreater(len(held.intents), 0.9 * len(BANK.intents))
        for intent in held.intents:
            (kept_back,) = intent.phrasings
            self.assertNotIn(kept_back, learnt[intent.name].phrasings)

    def test_every_detail_is_still_learnt(self):
        learnt, _ = split_bank(BANK)
        for before, after in zip(BANK.intents, learnt.intents, strict=True):
            self.assertEqual(
                {variant.details for variant in before.variants()}, {variant.details for variant in after.variants()}
            )


class Keeping(unittest.TestCase):
    def test_near_and_far(self):
        guard = Guard(["Show the 5 largest files in /var/log", "free port 80"])
        for request, near in [
            ("show the 20 largest files in ~/Downloads please", True),
            ("Free port 80!", True),
            ("free port 443", True),
            ("which process uses port 80", False),
            ("show the largest folders in /var/log", False),
            ("list open files", False),
        ]:
            self.assertEqual(guard.near(request), near, request)

    def test_lists(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "list"
            for text, expected in [
                ("# a\nfree port 80\nlist\tls\n", ["free port 80", "list"]),
                ("= x\n? free port 80\n$ y\n", ["free port 80"]),
            ]:
                path.write_text(text)
                self.assertEqual(list(requests_of(path)), expected)
            self.assertEqual(list(requests_of(Path(folder) / "none")), [])

    def test_guarded_requests_are_not_sampled(self):
        pairs = BankPairs(BANK.intents[:1])
        self.assertIsNone(pairs.sample(random.Random(1), lambda _: True))


class Substitution(unittest.TestCase):
    def test_both_sides_change_together(self):
        pair = ("find txt files of user fred bigger than 35 blocks", "find . -name '*.txt' -user fred -size +35")
        pairs, chance = Nl2bashPairs([pair], ["nora"], ["csv"]), random.Random(2)
        seen = {pairs.sample(chance, NOTHING_KEPT_OUT)[1] for _ in range(200)}
        self.assertGreater(len(seen), 20)
        for _ in range(200):
            request, command = pairs.sample(chance, NOTHING_KEPT_OUT)
            ending = "csv" if "csv" in command else "txt"
            user = "nora" if "nora" in command else "fred"
            self.assertIn(f".{ending}' -user {user} -size +", command)
            self.assertIn(command.rsplit("+")[1], request)

    def test_what_is_no_name_stays(self):
        pair = ("sort by field 5, errors away", "sort -k5 2>/dev/null | awk '{print $5}'")
        pairs = Nl2bashPairs([pair] * 20, ["nora"], ["csv"])
        self.assertEqual({pairs.substitute(*pair, random.Random(seed)) for seed in range(50)}, {pair})

    def test_tldr_names_what_it_fills_in(self):
        rows = [("linux", "kill", "2", "Terminate a process", "kill {{process_id}}")]
        request, command = TldrPairs(rows, BANK.common).fill(*rows[0][3:], random.Random(3))
        self.assertIn(command.split()[1], request)
        self.assertTrue(request.startswith("Terminate a process "))


class Comparing(unittest.TestCase):
    def test_grades(self):
        for command, other, grades in [
            ("ls -l", "ls  -l ", (True, True, True)),
            ("find . -name '*.c'", 'find . -name "*.c"', (True, True, True)),
            ("find . -name 'a.c'", "find . -name a.c", (True, True, True)),
            ("find . -name '*.c'", "find . -name *.c", (False, True, True)),
            ("head -n 5 x", "head -n 6 y", (False, True, True)),
            ("ls | wc -l", "ls", (False, False, True)),
            ("sudo rm x", "rm x", (False, False, True)),
            ("echo 'a", "echo 'a", (True, True, True)),
            ("ls", "du", (False, False, False)),
        ]:
            found = same(command, other), same_template(command, other), same_program(command, other)
            self.assertEqual(found, grades, (command, other))


@unittest.skipIf(MISSING, MISSING)
class Pipeline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import tokenizer

        chance = random.Random(7)
        cls.pairs = [masked(*BANK.sample(chance)[:2]) for _ in range(4000)]
        cls.tokenizer = tokenizer.learn([text for pair in cls.pairs for text in (pair[0], " " + pair[1])], 1024)

    def examples(self):
        import tokenizer

        return [tokenizer.encode(self.tokenizer, *pair) for pair in self.pairs]

    def test_tokens_give_the_text_back(self):
        for request, command in self.pairs + [("caf\u00e9  \u4f60\u597d\t1234", "a\tb")]:
            for text in (request, " " + command):
                self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text).ids), text)

    def test_placeholders_and_digits_stand_alone(self):
        for pair in self.pairs:
            for token in self.tokenizer.encode(pair[0]).tokens:
                text = self.tokenizer.decoder.decode([token])
                alone = sum(char in PLACEHOLDERS or char.isdigit() for char in text)
                self.assertTrue(alone == 0 or len(text) == 1, token)
        self.assertLessEqual(self.tokenizer.get_vocab_size(), 1024)

    def test_packing_loses_nothing_and_pads_little(self):
        from packing import batches

        examples = [example for example in self.examples() if len(example.tokens) <= 129]
        seen, filled = [], []
        for batch in batches(iter(examples), 8, 128, 0.15):
            filled.append((batch.documents > 0).mean())
            for row in range(8):
                for document in range(1, batch.documents[row].max() + 1):
                    at = batch.documents[row] == document
                    seen.append((*batch.tokens[row][at], batch.targets[row][at][-1]))
                    self.assertEqual(
                        batch.weights[row][at].tolist().count(1.0), len(seen[-1]) - 1 - seen[-1].index(2)
                    )
        self.assertEqual(sorted(seen), sorted(tuple(example.tokens) for example in examples))
        self.assertGreater(numpy.mean(filled[:-1]), 0.97)

    def test_neighbours_in_a_row_do_not_see_each_other(self):
        from model import Config, Nano
        from packing import batches

        torch.manual_seed(1)
        model = Nano(Config(1024, 32, 2, 2, 64))
        pairs = self.examples()[:6]
        (together,) = map(as_tensors, batches(iter(pairs), 4, 128, 1.0))
        apart = [as_tensors(next(batches(iter([pair]), 1, 128, 1.0))) for pair in pairs]
        with torch.no_grad():
            self.assertAlmostEqual(
                float(model(*together)), sum(float(model(*batch)) for batch in apart), delta=1e-2
            )

    def test_sources_share_the_tokens(self):
        from data import SHARES, Corpus

        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "nl2bash_train.tsv").write_text("# head\nlist all files here\tls -a .\n")
            corpus = Corpus(Path(folder))
        self.assertEqual(set(corpus.sources), {"bank", "nl2bash"})
        sizes = dict.fromkeys(corpus.sources, 0)
        drawn = corpus.sample

        def counted(name, chance):
            pair = drawn(name, chance)
            sizes[name] += len(pair[0] + pair[1])
            return pair

        corpus.sample = counted
        list(islice(corpus.mixed(random.Random(1), lambda *pair: (pair, len("".join(pair)))), 3000))
        wanted = SHARES["bank"][0] / SHARES["nl2bash"][0]
        self.assertAlmostEqual(sizes["bank"] / sizes["nl2bash"], wanted, delta=0.02 * wanted)
        self.assertGreater(corpus.shares(1.0)["bank"], corpus.shares(0.0)["bank"])

    def test_the_exported_file_holds_the_model(self):
        import checkpoint
        from export import export
        from model import Config, Nano

        with tempfile.TemporaryDirectory() as folder:
            run, target = Path(folder), Path(folder) / "nano.gguf"
            self.tokenizer.save(str(run / "tokenizer.json"))
            model = Nano(Config(self.tokenizer.get_vocab_size(), 64, 2, 2, 96))
            checkpoint.save(run, model, checkpoint.Progress(), {})
            self.assertEqual(export(run, target), target.stat().st_size)
            reader = gguf.GGUFReader(target)
            self.assertEqual(reader.fields["caro.prompt.style"].contents(), "masked")
            self.assertEqual(len(reader.fields["tokenizer.ggml.tokens"].contents()), model.config.vocabulary)
            tensors = {tensor.name: tensor for tensor in reader.tensors}
            self.assertEqual(len(tensors), 2 + 2 * 9)
            kept = gguf.dequantize(tensors["blk.1.ffn_up.weight"].data, tensors["blk.1.ffn_up.weight"].tensor_type)
            wanted = model.blocks[1].up.weight.detach().numpy()
            self.assertLess(abs(kept - wanted).max(), abs(wanted).max() / 60)

    def test_a_leg_goes_on_where_the_last_one_stopped(self):
        import checkpoint
        from model import Config, Nano

        with tempfile.TemporaryDirectory() as folder:
            run, model = Path(folder), Nano(Config(64, 32, 1, 2, 32))
            progress = checkpoint.Progress(steps=3, tokens=10, plan={"seed": 1})
            checkpoint.save(run, model, progress, {"adam": {}})
            again, found = checkpoint.load(run)
            self.assertEqual(found, progress)
            self.assertEqual(checkpoint.load_optimiser(run, again, found), {"adam": {}})
            self.assertTrue(torch.equal(again.norm, model.norm))
            self.assertTrue(torch.equal(again.embedding.weight, model.embedding.weight))
            self.assertIsNone(checkpoint.load_optimiser(run, again, checkpoint.Progress(steps=4)))
            (run / checkpoint.OPTIMISER).unlink()
            self.assertIsNone(checkpoint.load_optimiser(run, again, found))


def as_tensors(batch):
    return [torch.from_numpy(part) for part in batch]


if __name__ == "__main__":
    unittest.main()
