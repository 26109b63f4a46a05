"""Run the program as ``python -m vsm``."""

from vsm.cli.main import main

if __name__ == "__main__":
    main()
