"""The style sheet: the only file that knows colours and sizes. Everything must also read well without any colour."""

CSS = """
ChatScreen { background: $background; }
#columns { height: 1fr; }
#people { width: 32%; min-width: 19; max-width: 34; border-right: solid $foreground 30%; scrollbar-size: 0 0; }
.-narrow #people { display: none; }
#conversation { width: 1fr; padding: 0 0 0 1; }
#head { border-bottom: solid $foreground 30%; }
#talk { height: 1fr; }
#composer { height: 2; border-top: solid $foreground 30%; }
#footer { background: $panel; height: 1; }

Question, Help { align: center middle; }
#question { width: 80%; max-width: 64; border: round $foreground; padding: 0 1; background: $surface; }
#help { width: 94%; max-width: 96; height: 94%; border: round $foreground; padding: 0 1; background: $surface; }

.role--dim { color: $foreground-darken-3; }
.role--own { color: $text-primary; text-style: bold; }
.role--other { color: $text-accent; text-style: bold; }
.role--tick { color: $foreground-darken-1; }
.role--good { color: $text-success; }
.role--bad { color: $text-error; text-style: bold; }
.role--attention { color: $text-warning; text-style: bold; }
.role--selected { text-style: bold; }

Sheet:nocolor > .role--selected { text-style: bold reverse; }
Input:nocolor > .input--cursor { text-style: reverse; }
"""
