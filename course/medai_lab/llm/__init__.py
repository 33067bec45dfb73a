"""Asking a language model, or something that stands in for one, in one shape.

Standard library only, so that it runs in a browser. Import what you need from its modules; notebooks need
only `from medai_lab.llm.asking import ask`.
"""
