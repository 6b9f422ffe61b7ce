"""What a user sees beside the toolbox."""
