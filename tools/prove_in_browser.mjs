// Ask the practice model in a browser's Python (Pyodide, here under Node), in both of its own modes.
//
// Not part of `make test`: it needs Node and one npm package.
//     npm install --prefix /tmp/pyodide pyodide && node tools/prove_in_browser.mjs /tmp/pyodide
// Only medai_lab.llm is loaded, which needs the standard library alone; the rest of medai_lab needs
// numpy and pandas, which Pyodide fetches from elsewhere.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";

const npm = path.resolve(process.argv[2] ?? ".");
const { loadPyodide } = await import(pathToFileURL(path.join(npm, "node_modules/pyodide/pyodide.mjs")));
const lab = path.join(path.dirname(fileURLToPath(import.meta.url)), "../course/medai_lab");
const python = await loadPyodide();

function copy(folder, ending) {
  python.FS.mkdirTree(`/lab/medai_lab/${folder}`);
  for (const name of fs.readdirSync(path.join(lab, folder)).filter((one) => one.endsWith(ending)))
    python.FS.writeFile(`/lab/medai_lab/${folder}/${name}`, fs.readFileSync(path.join(lab, folder, name)));
}

copy("llm", ".py");
copy("data/replies", ".jsonl");
python.FS.writeFile("/lab/medai_lab/__init__.py", "");
console.log(
  await python.runPythonAsync(`
import json, pathlib, sys
sys.path.insert(0, "/lab")
from medai_lab.llm.asking import ask
from medai_lab.llm.cassette import ReplayMissError

SCRIPTED = {"LLM_MODE": "scripted"}
letter = "다음 사실로 결과 안내문을 써 주십시오.\\n- 공복혈당: 131 mg/dL (질환의심)"
reply = ask([{"role": "user", "content": letter}], environment=SCRIPTED)
assert "131 mg/dL" in reply.text and "언어모델의 답이 아닙니다" in reply.notice

stored = 0
for path in sorted(pathlib.Path("/lab/medai_lab/data/replies").glob("*.jsonl")):
    for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
        request = json.loads(line)["request"]
        assert ask(request["messages"], environment={}, **request.get("params", {})).text
        stored += 1
try:
    ask([{"role": "user", "content": "?"}], environment={})
    refused = False
except ReplayMissError:
    refused = True
assert refused and stored
f"Python {sys.version.split()[0]} on {sys.platform}: scripted answers; {stored} stored replies found, another request refused"
`),
);
