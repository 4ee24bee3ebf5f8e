"""Overread's parts behind LangChain's interfaces: tools, a case as a Runnable, a chat model, embeddings."""

from overread.langchain.case import CaseInput, case_runnable
from overread.langchain.chat_model import OverreadChat
from overread.langchain.embeddings import OverreadEmbeddings
from overread.langchain.tools import StudyTool, overread_tools

__all__ = ["CaseInput", "OverreadChat", "OverreadEmbeddings", "StudyTool", "case_runnable", "overread_tools"]
