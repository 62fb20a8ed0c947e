from planwright_agent import serve


def work(task):
    task.progress(0.5, "thinking about it")
    task.decision("say the same", confidence=1)
    task.cost(0.001, tokens={"input": len(task.prompt), "output": 1})
    return {"said": task.parameters["title"]}


serve(work)
