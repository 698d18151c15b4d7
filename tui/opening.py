"""Opens conversations of one user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..agent import Agent, Workspace
    from ..config import Settings

__all__ = ["Opening"]


class Opening:
    """Makes the agent of each conversation, when it is wanted and in the caller's thread.

    The agents share one workspace, so that going to another conversation loads nothing again.

    Args:
        settings: The settings in force.
        user_id: Who is talking.
        resume: The first conversation is the one last used, if there is one.
    """

    def __init__(self, settings: Settings, user_id: str, *, resume: bool = False) -> None:
        self._settings = settings
        self._user_id = user_id
        self._resume = resume
        self._workspace: Workspace | None = None

    def __call__(self, session_id: str | None) -> Agent:
        """Opens a conversation: the one with this id, or a new one.

        Raises:
            StoreLockedError: Another process has the store open for writing.
        """
        from ..agent import Agent, Workspace

        if self._workspace is None:
            self._workspace = Workspace(self._settings)
        if self._resume and session_id is None:
            earlier = self._workspace.memory.sessions(self._user_id)
            session_id = earlier[0].id if earlier else None
        self._resume = False
        return Agent(self._user_id, session_id=session_id, workspace=self._workspace)

    def close(self) -> None:
        """Lets go of models and memory; the agents are closed before."""
        if self._workspace is not None:
            self._workspace.close()
