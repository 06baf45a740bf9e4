"""The style sheet: the only file that knows colours and sizes. Everything must also read well without any colour."""

CSS = """
ChatScreen { background: $background; }
#columns { height: 1fr; }
#people { width: 32%; min-width: 19; max-width: 34; border-right: solid $foreground 30%; scrollbar-size: 0 0; }
.-broad #people { max-width: 44; }
.-narrow #people { display: none; }
#conversation { width: 1fr; padding: 0 0 0 1; }
#head { border-bottom: solid $foreground 30%; }
#talk { height: 1fr; }
#composer {
    height: auto; min-height: 2; max-height: 7; padding: 0; scrollbar-size: 0 1; background: $background;
    border: none; border-top: solid $foreground 30%;
}
#composer:focus { border: none; border-top: solid $foreground 30%; }
#footer { background: $panel; height: 1; }

Question, Reading, Ask, Board, Link, Welcome { align: center middle; }
#question { width: 80%; max-width: 64; border: round $foreground; padding: 0 1; background: $surface; }
#help, #leaf { width: 94%; max-width: 96; height: 94%; border: round $foreground; padding: 0 1; background: $surface; }
#board, #code { width: 94%; max-width: 78; height: 94%; border: round $foreground; padding: 0 1; background: $surface; }
#code { max-width: 96; height: 100%; }
#rows, #picture { height: 1fr; }
#welcome { width: 94%; max-width: 78; height: auto; max-height: 100%; }
#welcome { border: round $foreground; padding: 0 1; background: $surface; }
#given { background: $panel; }
#ask { width: 80%; max-width: 64; height: auto; border: round $foreground; padding: 0 1; background: $surface; }

Form { align: center middle; }
#form { width: 80%; max-width: 72; height: auto; border: round $foreground; padding: 0 1; background: $surface; }
#form Field { background: $panel; margin-bottom: 1; }

Panel { align: center middle; }
.panel { width: 94%; max-width: 100; height: 94%; border: round $foreground; padding: 0 1; background: $surface; }
.panel Field { background: $surface; }
.panel #title { border-bottom: solid $foreground 30%; }
.panel #rows { height: 1fr; }
.panel #keys { border-top: solid $foreground 30%; }

.role--dim { color: $foreground-darken-3; }
.role--own { color: $text-primary; text-style: bold; }
.role--other { color: $text-accent; text-style: bold; }
.role--tick { color: $foreground-darken-1; }
.role--good { color: $text-success; }
.role--bad { color: $text-error; text-style: bold; }
.role--attention { color: $text-warning; text-style: bold; }
.role--selected { text-style: bold; }
.role--marked { color: $text-warning; text-style: bold underline; }
.role--paper { color: #000000; background: #ffffff; }

Sheet:nocolor > .role--selected { text-style: bold reverse; }
TextArea .text-area--placeholder { color: $foreground-darken-3; }
Input > .input--placeholder { color: $foreground-darken-3; }
TextArea:nocolor > .text-area--cursor { text-style: reverse; }
Input:nocolor > .input--cursor { text-style: reverse; }
"""
