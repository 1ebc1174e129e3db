"""What does the user want?"""
